import type { IncomingMessage, ServerResponse } from 'node:http';
import { guarded } from '../../../safety/guard.ts';
import type { Access } from './access.ts';

const KIND = 'signing in to the view';
/** Tokens are shorter than this. */
const MAX_TOKEN_LENGTH = 1024;
/**
 * The redirect target after a link. It is a page of this site that leads on to the view, because a browser that comes
 * from another site sends a new cookie only for requests of this site's pages.
 */
const SIGNED_IN = '/signed-in.html';

/** The two ways in which a browser signs in with the token, to get a cookie. */
export class SignIn {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** Handles the form. The body is the token. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    let shown = '';
    const received = (text: string) => {
      if (shown.length <= MAX_TOKEN_LENGTH) shown += text;
    };
    const ended = () => {
      const cookie = this.#access.signIn(req, shown);
      if (cookie === undefined) res.writeHead(401, HEADERS).end('That is not the token of this view\n');
      else res.writeHead(204, { ...HEADERS, 'set-cookie': cookie }).end();
    };
    req.setEncoding('utf8');
    req.on('data', guarded(KIND, received));
    req.on('end', guarded(KIND, ended));
  }

  /**
   * Handles the page's address with a token, `/?token=...`: redirects to the page without it, so that the address
   * does not keep the secret. Returns false if there is no token in the address.
   */
  byLink(req: IncomingMessage, res: ServerResponse, query: URLSearchParams): boolean {
    if (!query.has('token') && !query.has('link')) return false;
    const cookie = this.#access.signInByLink(req, query);
    const headers: Record<string, string> = {
      ...HEADERS,
      location: SIGNED_IN,
      'referrer-policy': 'no-referrer',
    };
    if (cookie !== undefined) headers['set-cookie'] = cookie;
    res.writeHead(303, headers).end();
    return true;
  }
}

const HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
