import type { IncomingMessage, ServerResponse } from 'node:http';
import onFinished from 'on-finished';
import type { Outcome } from '../../record/series.ts';
import { guarded } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import { type Carrier, giveUp, OPEN, type OpenRequest, type Tracker } from './open-request.ts';

/** Observes a request without a connection, as test injectors and adapters of serverless functions create them. */
export function followLocal(tracker: Tracker, req: IncomingMessage, res: ServerResponse): OpenRequest {
  const open = tracker.start(req, res, undefined);
  (res as Carrier)[OPEN] = open;
  try {
    const kind = 'a request without a connection';
    const ended = (outcome: Outcome): void => {
      if (res.headersSent && Number.isNaN(open.firstByte)) open.firstByte = now();
      tracker.end(open, outcome);
    };
    const closed = guarded(kind, () => ended(res.writableEnded ? 'finished' : 'aborted'));
    // A finished response is complete, since there is no connection to lose. Some emit `close` first, within `end()`.
    res.on(
      'finish',
      guarded(kind, () => ended('finished')),
    );
    res.on(
      'close',
      guarded(kind, () => process.nextTick(closed)),
    );
  } catch (error) {
    giveUp(open, error);
  }
  return open;
}

/** Observes a request whose response is not a `ServerResponse` of Node. */
export function followForeign(tracker: Tracker, req: IncomingMessage, res: ServerResponse): OpenRequest {
  const open = tracker.start(req, res, undefined);
  (res as Carrier)[OPEN] = open;
  try {
    const ended = () => {
      if (res.headersSent) open.firstByte = now();
      const isWhole = res.writableFinished || (res.writableEnded && !res.destroyed);
      tracker.end(open, isWhole ? 'finished' : 'aborted');
    };
    onFinished(res, guarded('a request', ended));
  } catch (error) {
    giveUp(open, error);
  }
  return open;
}
