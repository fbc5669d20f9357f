import type { IncomingMessage } from 'node:http';
import { now } from '../../../safety/time.ts';
import { Sessions } from './sessions.ts';
import { Token } from './token.ts';

/** The status and reason for refusing a request. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** Limits for signed-in browsers. */
const MAX_SESSIONS = 100;
const SESSION_MS = 7 * 86_400_000;
/** Limits for links that sign a browser in. They are opened at once, but are visible in the list of processes. */
const MAX_LINKS = 10;
const LINK_MS = 60_000;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** Whether a server on this address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/**
 * Decides which requests are answered. Without a token, these are requests from this machine, but not from pages of
 * other sites, which can make a browser send requests here across sites, or by a host name that resolves to 127.0.0.1
 * (DNS rebinding). With a token, these are requests that contain the token, and of browsers that have signed in with
 * it.
 */
export class Access {
  readonly #host: string;
  readonly #token: Token | undefined;
  readonly #sessions = new Sessions(MAX_SESSIONS, SESSION_MS, now);
  readonly #links = new Sessions(MAX_LINKS, LINK_MS, now);

  constructor(host: string, token: string | undefined) {
    this.#host = host.includes(':') ? `[${host}]` : host;
    this.#token = token === undefined ? undefined : new Token(token);
  }

  /** Refuses requests for another host name. */
  refuseHost(req: IncomingMessage): Refusal | undefined {
    if (this.#token !== undefined) return undefined; // with a token, the host name does not matter
    const { host = '' } = req.headers;
    const name = host.replace(/:\d*$/, '');
    if (LOOPBACK.test(name) || name.toLowerCase() === this.#host.toLowerCase()) return undefined;
    return {
      status: 421,
      reason: `This server does not answer to the name "${host.slice(0, 100)}": use http://localhost or http://127.0.0.1`,
    };
  }

  /** Refuses requests from pages of other sites. */
  refuseSite(req: IncomingMessage): Refusal | undefined {
    const { origin, host, 'sec-fetch-site': site } = req.headers;
    const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
    if (isOwn && (site === undefined || site === 'same-origin' || site === 'none')) return undefined;
    return { status: 403, reason: 'This server takes no requests from pages of other sites' };
  }

  /** Refuses writers without the token, which InfluxDB clients can send. A cookie does not allow writes. */
  refuseWriter(req: IncomingMessage, query: URLSearchParams): Refusal | undefined {
    if (this.#token === undefined) return undefined;
    const password = query.get('p');
    if (this.#token.isIn(req.headers.authorization)) return undefined;
    if (password !== null && this.#token.is(password)) return undefined;
    return {
      status: 401,
      reason:
        'authorization failed: this view asks for its token, as RAW_REQUESTS_VIEW_TOKEN of the application, or as token or password of InfluxDB clients',
    };
  }

  /** Refuses readers that are neither signed in nor send the token. */
  refuseReader(req: IncomingMessage): Refusal | undefined {
    if (this.#token === undefined || this.#token.isIn(req.headers.authorization)) return undefined;
    if (cookiesOf(req).some((value) => this.#sessions.has(value))) return undefined;
    return { status: 401, reason: 'This view asks for its token: open its page to sign in' };
  }

  /** Signs a browser in. Returns its cookie if the token is right. */
  signIn(req: IncomingMessage, shown: string): string | undefined {
    return this.#token?.is(shown) ? this.#newCookie(req) : undefined;
  }

  /** The same for the query of the page's address, which contains the token, or a value of {@link link}. */
  signInByLink(req: IncomingMessage, query: URLSearchParams): string | undefined {
    const [token, link] = [query.get('token'), query.get('link')];
    if (link !== null && this.#token !== undefined && this.#links.end(link)) return this.#newCookie(req);
    return token === null ? undefined : this.signIn(req, token);
  }

  /** A query for the page's address that signs in one browser, once, within a minute. Empty if there is no token. */
  link(): string {
    return this.#token === undefined ? '' : `?link=${this.#links.open()}`;
  }

  #newCookie(req: IncomingMessage): string {
    const value = this.#sessions.open();
    // Behind a proxy with https, the cookie is never sent unencrypted.
    const isSecure = /^https\b/i.test(String(req.headers['x-forwarded-proto'] ?? ''));
    return `${cookieName(req)}=${value}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  }
}

/**
 * Cookies are not separated by port, so the name contains it. Several views on a host then do not sign out each
 * other's readers.
 */
function cookieName({ socket }: IncomingMessage): string {
  return `raw-requests-view-${socket.localPort}`;
}

function cookiesOf(req: IncomingMessage): string[] {
  const name = `${cookieName(req)}=`;
  const pairs = (req.headers.cookie ?? '').split(/; */);
  return pairs.filter((pair) => pair.startsWith(name)).map((pair) => pair.slice(name.length));
}
