import type { Destination } from '../../options/options.ts';

/** `localhost`, its subdomains (RFC 6761, section 6.3), and loopback addresses, as `URL` writes them. */
const LOOPBACK = /^(?:(?:.+\.)?localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The warning for credentials that are sent unencrypted; undefined if they are safe. */
export function cleartextWarning({ url, authorization, label }: Destination): string | undefined {
  if (authorization === undefined) return undefined;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || protocol === 'unix:' || LOOPBACK.test(hostname)) return undefined;
  return `the credentials for ${label} are sent unencrypted: use https, or a network that nobody else is on`;
}
