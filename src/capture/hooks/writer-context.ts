import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Carrier,
  type Connection,
  OPEN,
  type OpenRequest,
  openOn,
  STATE,
} from '../node/open-request.ts';
import { onRouteFound } from '../routes/route-found.ts';
import { activeSpan } from '../trace/active-span.ts';

/**
 * Notes the context of the code that runs now, which writes the head of a response: its active span and, where functions
 * of the user will want it, the `AsyncLocalStorage` context.
 */
export function noteWriter(open: OpenRequest): void {
  open.span = activeSpan();
  if (open.tracker.keepsContext) keepContext(open);
}

/**
 * Keeps the `AsyncLocalStorage` context of the code that runs now, for functions of the user, until a later one is
 * known: that in which the route is found or the head of the response is written.
 */
export function followContext(open: OpenRequest): void {
  if (open.status !== 0) return;
  keepContext(open);
  onRouteFound(open.req, () => {
    if (open.status === 0 && !open.ended) keepContext(open);
  });
}

/**
 * For adapters of frameworks whose contexts begin after their middleware: a function that keeps the context of the code that
 * runs then. Undefined if no function of the user will want it.
 */
export function contextKeeper(
  req: Pick<IncomingMessage, 'headers'> & { readonly socket?: Connection },
  res: ServerResponse | undefined,
): (() => void) | undefined {
  const open =
    openOn(req.socket?.[STATE], req.headers) ??
    (res as Carrier | undefined)?.[OPEN] ??
    (req as Carrier)[OPEN];
  if (open?.hooks?.wantContext !== true) return undefined;
  return () => {
    if (open.status === 0 && !open.ended) keepContext(open);
  };
}

function keepContext(open: OpenRequest): void {
  open.context = new AsyncResource('raw-requests');
}
