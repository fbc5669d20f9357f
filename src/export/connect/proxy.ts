import { BlockList, isIP } from 'node:net';
import { isLoopback } from './loopback.ts';

/** A proxy for outgoing connections. */
export interface OutgoingProxy {
  readonly hostname: string;
  readonly port: number;
  /** `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

const VARIABLES = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'REQUEST_METHOD',
];

/** The variables that {@link proxyFor} reads, for a thread that gets no others. */
export function proxyVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

/**
 * The proxy of the environment for an address, as other programs read it: `HTTPS_PROXY` or `HTTP_PROXY`, except for what
 * `NO_PROXY` lists; lower case first. Loopback addresses have none.
 */
export function proxyFor(address: string, env: NodeJS.ProcessEnv): OutgoingProxy | undefined {
  const { protocol, hostname, port } = new URL(address);
  const read = (name: string) => env[name] || env[name.toUpperCase()];
  const isSecure = protocol === 'https:';
  // In CGI, a client sets HTTP_PROXY by its header `Proxy`.
  const text = isSecure
    ? read('https_proxy')
    : env.REQUEST_METHOD === undefined
      ? read('http_proxy')
      : undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (text === undefined || isLoopback(hostname)) return undefined;
  const isExcepted = (read('no_proxy') ?? '')
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && covers(entry, host, port || (isSecure ? '443' : '80')));
  if (isExcepted) return undefined;
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url?.protocol !== 'http:') return undefined;
  const { username, password } = url;
  const user = `${decoded(username)}:${decoded(password)}`;
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || 80,
    authorization: username === '' ? undefined : `Basic ${Buffer.from(user).toString('base64')}`,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that stands for itself
  }
}

/** Whether an entry of `NO_PROXY` covers a host: `*`, `db.example`, `.example`, `*.example`, `10.0.0.0/8`, each with a port or not. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, network, bits] = /^([\da-f.:]+)\/(\d+)$/i.exec(entry) ?? [];
  const kind = isIP(host);
  if (network !== undefined) {
    if (kind === 0 || isIP(network) !== kind) return false;
    const list = new BlockList();
    const family = kind === 4 ? 'ipv4' : 'ipv6';
    try {
      list.addSubnet(network, Number(bits), family);
    } catch {
      return false; // a prefix that is too long
    }
    return list.check(host, family);
  }
  const [, name = entry, only] = isIP(entry) === 6 ? [] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
  if (only !== undefined && only !== port) return false;
  const domain = name
    .replace(/^\[|\]$/g, '')
    .replace(/^\*?\./, '')
    .toLowerCase();
  return host === domain || (kind === 0 && host.endsWith(`.${domain}`));
}
