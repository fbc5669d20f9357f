import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is not answered, in words for whoever made it. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

const COOKIE = 'raw-requests-view';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** Whether a server that listens there is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/**
 * Who may ask. Without a token that is this machine, and no page but the viewer's own: a page of another site can make
 * a browser send requests here, under a name of its own that leads to 127.0.0.1 (DNS rebinding) or across sites.
 * With a token, whoever shows it.
 */
export class Access {
  readonly #host: string;
  readonly #token: Buffer | undefined;

  constructor(host: string, token: string | undefined) {
    this.#host = host.includes(':') ? `[${host}]` : host;
    this.#token = token === undefined ? undefined : digest(token);
  }

  get needsToken(): boolean {
    return this.#token !== undefined;
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

  /** A program that writes: shows the token as InfluxDB clients show theirs. */
  refuseWriter(req: IncomingMessage, query: URLSearchParams): Refusal | undefined {
    if (this.#token === undefined) return undefined;
    const { authorization = '' } = req.headers;
    const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? [];
    const shown = [query.get('p')];
    if (/^(?:token|bearer)$/i.test(scheme)) shown.push(value);
    if (/^basic$/i.test(scheme)) {
      const pair = Buffer.from(value, 'base64').toString();
      shown.push(pair.slice(pair.indexOf(':') + 1));
    }
    if (shown.some((token) => this.#isToken(token))) return undefined;
    return {
      status: 401,
      reason:
        'authorization failed: write with the token of `npx raw-requests view --token`, as token or password',
    };
  }

  /** A browser: shows the token in the address once, then as a cookie. */
  refuseReader(req: IncomingMessage, query: URLSearchParams): Refusal | undefined {
    if (this.#token === undefined || this.#isToken(query.get('token'))) return undefined;
    const cookies = (req.headers.cookie ?? '').split(/; */);
    const cookie = cookies.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    const expected = this.#token.toString('hex');
    if (cookie?.length === expected.length && timingSafeEqual(digest(cookie), digest(expected)))
      return undefined;
    return {
      status: 401,
      reason: 'Open the address that was printed at the start, which ends in ?token=...',
    };
  }

  /** The cookie that stands for the token from then on. */
  cookie(query: URLSearchParams): string | undefined {
    if (this.#token === undefined || !this.#isToken(query.get('token'))) return undefined;
    return `${COOKIE}=${this.#token.toString('hex')}; Path=/; HttpOnly; SameSite=Strict`;
  }

  #isToken(shown: string | null | undefined): boolean {
    return (
      typeof shown === 'string' && this.#token !== undefined && timingSafeEqual(digest(shown), this.#token)
    );
  }
}

/** Of one length, so that comparing takes the same time whatever is compared. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
