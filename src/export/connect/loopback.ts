/** `localhost`, its subdomains (RFC 6761, section 6.3), and loopback addresses, as `URL` writes them. */
const LOOPBACK = /^(?:(?:.+\.)?localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether a host is this machine. @param hostname that of a `URL` */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}
