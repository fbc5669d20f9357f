import type { IncomingMessage, ServerResponse } from 'node:http';
import { guarded } from '../../../safety/guard.ts';
import type { Access } from './access.ts';

const KIND = 'signing in to the view';
/** A token is shorter than this. */
const MAX_TOKEN_LENGTH = 1024;
/**
 * Where a browser is sent that has followed a link. That page leads on to the view: a browser that comes from another
 * site sends its new cookie only to what a page of this one asks for.
 */
const SIGNED_IN = '/signed-in.html';

/** The ways by which a browser shows the token, once, to be known by its cookie from then on. */
export class SignIn {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** A form's: the body is the token. */
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
   * By the address of the page, `/?token=...`: the browser is led to the page without it, so that the address keeps
   * nothing secret. Answers, and returns true, if the address says so.
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
