import type { AsyncResource } from 'node:async_hooks';
import { IncomingMessage, ServerResponse } from 'node:http';

/** What functions of the user are given of a request, and the context in which they are called. */
export interface Hooked {
  req: Pick<IncomingMessage, 'method' | 'url' | 'headers'>;
  /** Undefined for requests without a response object. */
  response: ServerResponse | undefined;
  readonly socket: IncomingMessage['socket'] | undefined;
  readonly status: number;
  context: AsyncResource | undefined;
}

/** Calls a function of the user with the messages of a request, in the `AsyncLocalStorage` context of that request. */
export function callWith<T>(open: Hooked, run: (req: IncomingMessage, res: ServerResponse) => T): T {
  const req = requestOf(open);
  const res = responseOf(open, req);
  return open.context === undefined ? run(req, res) : open.context.runInAsyncScope(run, undefined, req, res);
}

/**
 * The request message. Node makes none for streams of HTTP/2, unless they pass its compatibility layer, and for requests
 * that its parser refuses. So that functions of the user need not know, they are given one with what is known.
 */
function requestOf(open: Hooked): IncomingMessage {
  const { req } = open;
  if (typeof (req as Partial<IncomingMessage>).on === 'function') return req as IncomingMessage;
  const made = new IncomingMessage(undefined as never);
  Object.assign(made, { method: req.method, url: req.url, headers: req.headers, socket: open.socket });
  open.req = made;
  return made;
}

/** The response message. Upgrades have none either; then it is one that has the status only. */
function responseOf(open: Hooked, req: IncomingMessage): ServerResponse {
  if (open.response !== undefined) return open.response;
  const made = new ServerResponse(req);
  made.statusCode = open.status;
  open.response = made;
  return made;
}
