import type { IncomingMessage } from 'node:http';
import { now } from '../../../safety/time.ts';
import { Sessions } from './sessions.ts';
import { Token } from './token.ts';

/** Why a request is not answered, in words for whoever made it. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** Browsers that are signed in, and for how long. */
const MAX_SESSIONS = 100;
const SESSION_MS = 7 * 86_400_000;
/** Links that sign a browser in: they are opened at once, and go by the list of processes. */
const MAX_LINKS = 10;
const LINK_MS = 60_000;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** Whether a server that listens there is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/**
 * Who may ask. Without a token that is this machine, and no page but the viewer's own: a page of another site can make
 * a browser send requests here, under a name of its own that leads to 127.0.0.1 (DNS rebinding) or across sites.
 * With a token, whoever shows it: programs with each request, a browser once, to be given a cookie.
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

  /** The name by which the server was addressed must be its own. */
  refuseHost(req: IncomingMessage): Refusal | undefined {
    if (this.#token !== undefined) return undefined; // no name is of use without the token
    const { host = '' } = req.headers;
    const name = host.replace(/:\d*$/, '');
    if (LOOPBACK.test(name) || name.toLowerCase() === this.#host.toLowerCase()) return undefined;
    return {
      status: 421,
      reason: `This server does not answer to the name "${host.slice(0, 100)}": use http://localhost or http://127.0.0.1`,
    };
  }

  /** Pages of other sites may neither write nor read. */
  refuseSite(req: IncomingMessage): Refusal | undefined {
    const { origin, host, 'sec-fetch-site': site } = req.headers;
    const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
    if (isOwn && (site === undefined || site === 'same-origin' || site === 'none')) return undefined;
    return { status: 403, reason: 'This server takes no requests from pages of other sites' };
  }

  /** A program that writes: shows the token as InfluxDB clients show theirs. A cookie does not write. */
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

  /** A browser that is signed in, or a program that shows the token. */
  refuseReader(req: IncomingMessage): Refusal | undefined {
    if (this.#token === undefined || this.#token.isIn(req.headers.authorization)) return undefined;
    if (cookiesOf(req).some((value) => this.#sessions.has(value))) return undefined;
    return { status: 401, reason: 'This view asks for its token: open its page to sign in' };
  }

  /** Signs a browser in that shows the token; returns its cookie. */
  signIn(req: IncomingMessage, shown: string): string | undefined {
    return this.#token?.is(shown) ? this.#newCookie(req) : undefined;
  }

  /** The same by the query of the page's address: the token itself, or what {@link link} has made. */
  signInByLink(req: IncomingMessage, query: URLSearchParams): string | undefined {
    const [token, link] = [query.get('token'), query.get('link')];
    if (link !== null && this.#token !== undefined && this.#links.end(link)) return this.#newCookie(req);
    return token === null ? undefined : this.signIn(req, token);
  }

  /** A query for the page's address that signs in one browser, once, within a minute. Empty where none needs that. */
  link(): string {
    return this.#token === undefined ? '' : `?link=${this.#links.open()}`;
  }

  #newCookie(req: IncomingMessage): string {
    const value = this.#sessions.open();
    // Behind a proxy that speaks https, it is never sent in clear text.
    const isSecure = /^https\b/i.test(String(req.headers['x-forwarded-proto'] ?? ''));
    return `${cookieName(req)}=${value}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  }
}

/** Cookies know no ports: two views of one host must not sign each other's readers out. */
function cookieName({ socket }: IncomingMessage): string {
  return `raw-requests-view-${socket.localPort}`;
}

function cookiesOf(req: IncomingMessage): string[] {
  const name = `${cookieName(req)}=`;
  const pairs = (req.headers.cookie ?? '').split(/; */);
  return pairs.filter((pair) => pair.startsWith(name)).map((pair) => pair.slice(name.length));
}
