import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import onFinished from 'on-finished';
import type { Outcome } from '../record/series.ts';
import { now } from './clock.ts';
import { type Carrier, OPEN, OpenRequest } from './open-request.ts';
import { Slots } from './slots.ts';
import { watchBody, watchResponses } from './wire.ts';

/** Told once of each request, when it is over. */
export type Done = (open: OpenRequest, outcome: Outcome, end: number) => void;

/** Responses that wait behind another one on their connection, with the listener that ends them with it. */
const QUEUED = Symbol('raw-requests.queued');
type Connection = Socket & { [QUEUED]?: Set<OpenRequest> };

/**
 * Follows requests from start to end: the only place that listens to Node's HTTP objects.
 *
 * The end is the response's `close` event, which Node emits for each response that owned its connection, whether it
 * finished or not. A pipelined response that still waited for the connection when that was lost gets no event
 * (nodejs/node#62534), so those also end with their socket. The request's own `close` is no help: it comes as soon as
 * the body has been read, and not again when the connection goes.
 */
export class Observer {
  readonly #slots = new Slots();
  readonly #open: (OpenRequest | undefined)[] = [];
  readonly #done: Done;
  /** One function for all requests: it finds the request on the response that emits the event. */
  readonly #onClose: (this: Carrier) => void;
  #inFlight = 0;

  constructor(done: Done) {
    const observer = this;
    this.#done = done;
    this.#onClose = function onClose() {
      const open = this[OPEN];
      if (open !== undefined) observer.#end(open, outcomeOf(open));
    };
    watchResponses();
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Starts to follow a request, unless somebody already does. */
  observe(req: IncomingMessage, res: ServerResponse): void {
    const carrier = res as Carrier;
    if (carrier[OPEN] !== undefined) return;
    const slot = this.#slots.acquire();
    const open = new OpenRequest(req, res, slot, ++this.#inFlight, now());
    this.#open[slot] = open;
    carrier[OPEN] = open;
    if (res instanceof ServerResponse && typeof req.socket?.on === 'function') this.#watch(open);
    else onFinished(res, () => this.#end(open, outcomeOfAny(res)));
  }

  /** Ends all that is still open, as `unfinished`. */
  endAll(): void {
    for (const open of this.#open) if (open !== undefined) this.#end(open, 'unfinished');
  }

  #watch(open: OpenRequest): void {
    const { req, res } = open;
    watchBody(open);
    if (req.socket.destroyed || res.destroyed) {
      this.#end(open, 'aborted'); // gone while the application did something else first
      return;
    }
    res.on('close', this.#onClose);
    if (res.socket === null) this.#watchConnection(req.socket, open);
  }

  #watchConnection(socket: Connection, open: OpenRequest): void {
    let queued = socket[QUEUED];
    if (queued === undefined) {
      queued = new Set();
      socket[QUEUED] = queued;
      socket.on('close', () => {
        for (const waiting of queued!) this.#end(waiting, outcomeOf(waiting));
      });
    }
    queued.add(open);
    open.res.once('socket', () => {
      // What was written while it waited leaves now.
      if ((open.res as { _headerSent?: boolean })._headerSent) open.firstByte = now();
    });
  }

  #end(open: OpenRequest, outcome: Outcome): void {
    if (open.ended) return;
    open.ended = true;
    const end = now();
    this.#inFlight--;
    this.#slots.release(open.slot);
    this.#open[open.slot] = undefined;
    (open.req.socket as Connection | null)?.[QUEUED]?.delete(open);
    this.#done(open, outcome, end);
  }
}

/**
 * `finished` only when the response was ended and all of it left. Neither `statusCode` (200 by default) nor the
 * `finish` event tells: Node also emits it for writes that a reset or destroyed socket cancelled.
 */
function outcomeOf({ req, res }: OpenRequest): Outcome {
  const { socket } = req;
  const lost = socket.destroyed && (socket.errored !== null || !socket.writableFinished);
  return res.writableFinished && !lost ? 'finished' : 'aborted';
}

/** For response objects that are not Node's own, such as those of test injectors. */
function outcomeOfAny(res: ServerResponse): Outcome {
  return res.writableFinished || (res.writableEnded && !res.destroyed) ? 'finished' : 'aborted';
}
