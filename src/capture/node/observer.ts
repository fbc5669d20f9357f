import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { Duplex } from 'node:stream';
import onFinished from 'on-finished';
import type { InFlight } from '../../record/sample.ts';
import type { Outcome } from '../../record/series.ts';
import { caught, guarded } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import { observeStream, streamOf } from './http2-stream.ts';
import {
  type Connection,
  OPEN,
  OpenRequest,
  QUEUED,
  type Request,
  type Tracker,
  type Waiting,
} from './open-request.ts';
import { Slots } from './slots.ts';
import { bytesReceived, bytesSent, watchBody, watchResponses } from './wire.ts';

/** Told once of each request, when it is over. */
export type Done = (open: OpenRequest, outcome: Outcome, end: number) => void;

/** What Node answers by itself, without giving the application the request. */
const REFUSALS = new Set([400, 408, 413, 417, 431, 503]);

/**
 * Follows requests from start to end: the only place that listens to Node's HTTP objects.
 *
 * The end is the response's `close` event, which Node emits for each response that owned its connection, whether it
 * finished or not. A pipelined response that still waited for the connection when that was lost gets no event
 * (nodejs/node#62534), so those end with their socket. The request's own `close` is no help: it comes as soon as the
 * body has been read, and not again when the connection goes.
 */
export class Observer implements Tracker {
  readonly #slots = new Slots();
  /** By slot. */
  readonly #open: (OpenRequest | undefined)[] = [];
  readonly #done: Done;
  #inFlight = 0;

  constructor(done: Done) {
    this.#done = done;
    watchResponses();
  }

  /**
   * Starts to follow a request, unless somebody already does.
   *
   * @param handled whether the application has it, which makes it not one that Node answers by itself
   */
  observe(req: IncomingMessage, res: ServerResponse, handled = true): void {
    const socket: Connection | undefined = req.socket;
    // All but a few take this way.
    if (socket?._httpMessage === res && !socket.destroyed) {
      const open = socket[OPEN];
      if (open?.res !== res) this.#follow(req, res, handled);
      else if (handled) open.handled = true;
      return;
    }
    const stream = streamOf(req as unknown as Http2ServerRequest);
    if (stream !== undefined) {
      observeStream(this, stream, req.headers, req);
      return;
    }
    if (socket?.[OPEN]?.res === res || (res as Waiting)[OPEN] !== undefined || res.writableFinished) return;
    if (!(res instanceof ServerResponse && socket instanceof Duplex)) this.#followAny(req, res);
    else if (socket.destroyed || res.destroyed) this.#followLost(req, res);
    else if (socket._httpMessage) this.#followQueued(req, res, handled);
    else this.#follow(req, res, handled); // Node announces a request before it gives it the connection
  }

  /** Ends all that is still open, as `unfinished`. */
  endAll(): void {
    for (const open of this.#open) if (open !== undefined) this.end(open, 'unfinished');
  }

  /** Requests in flight. */
  get active(): number {
    return this.#inFlight;
  }

  /** What is in flight at `at`, monotonic ms, and how long of the time since `since`. */
  inFlight(since: number, at: number): InFlight {
    const slots: number[] = [];
    let busyMs = 0;
    for (const open of this.#open) {
      if (open === undefined) continue;
      slots.push(open.slot);
      busyMs += at - Math.max(open.start, since);
    }
    return {
      slots: Uint32Array.from(slots),
      busy: busyMs / 1e3,
      highestSlot: Math.max(0, this.#open.length - 1),
    };
  }

  /** Takes a slot for a request whose end somebody else tells with `end`. */
  start(req: Request, res: ServerResponse | undefined, socket: Connection, handled = true): OpenRequest {
    const open = new OpenRequest(req, res, socket, this.#slots.acquire(), ++this.#inFlight, now(), handled);
    this.#open[open.slot] = open;
    return open;
  }

  /** A request is over; only the first call for it counts. */
  end(open: OpenRequest, outcome: Outcome): void {
    if (open.ended) return;
    open.ended = true;
    const end = now();
    this.#inFlight--;
    this.#slots.release(open.slot);
    this.#open[open.slot] = undefined;
    try {
      if (open.res !== undefined) measure(open, open.res, outcome);
    } catch (error) {
      caught('the end of a request', error);
    }
    this.#done(open, !open.handled && REFUSALS.has(open.status) ? 'rejected' : outcome, end);
  }

  /** A response that owns its connection. */
  #follow(req: IncomingMessage, res: ServerResponse, handled: boolean): void {
    const open = this.start(req, res, req.socket, handled);
    try {
      open.socket[OPEN] = open;
      watchBody(open);
      res.on('close', () => this.#closed(open, res));
    } catch (error) {
      this.#giveUp(open, error);
    }
  }

  /** A pipelined one, whose response waits for those before it. */
  #followQueued(req: IncomingMessage, res: ServerResponse, handled: boolean): void {
    const open = this.start(req, res, req.socket, handled);
    try {
      (res as Waiting)[OPEN] = open;
      const queued = this.#queueOf(open.socket);
      queued.add(open);
      watchBody(open);
      res.on(
        'close',
        guarded('a pipelined request', () => {
          queued.delete(open);
          this.#closed(open, res);
        }),
      );
      res.once(
        'socket',
        guarded('a pipelined request', () => {
          queued.delete(open);
          if (!open.ended) open.socket[OPEN] = open;
          // What was written while it waited leaves now.
          if ((res as { _headerSent?: boolean })._headerSent) open.firstByte = now();
        }),
      );
    } catch (error) {
      this.#giveUp(open, error);
    }
  }

  /** Those that wait for a connection: they are lost with it. */
  #queueOf(socket: Connection): Set<OpenRequest> {
    let queued = socket[QUEUED];
    if (queued === undefined) {
      const waiting = new Set<OpenRequest>();
      queued = waiting;
      socket[QUEUED] = waiting;
      socket.on(
        'close',
        guarded('a pipelined request', () => {
          for (const lost of waiting) this.end(lost, 'aborted');
          waiting.clear();
        }),
      );
    }
    return queued;
  }

  /** One whose client had left before anybody saw it. */
  #followLost(req: IncomingMessage, res: ServerResponse): void {
    const open = this.start(req, res, req.socket);
    (res as Waiting)[OPEN] = open; // for a second observer
    this.end(open, 'aborted');
  }

  /** A response that is not Node's own, such as that of a test injector. */
  #followAny(req: IncomingMessage, res: ServerResponse): void {
    const open = this.start(req, res, req.socket);
    try {
      (res as Waiting)[OPEN] = open;
      const ended = () => {
        if (res.headersSent) open.firstByte = now();
        this.end(
          open,
          res.writableFinished || (res.writableEnded && !res.destroyed) ? 'finished' : 'aborted',
        );
      };
      onFinished(res, guarded('a request', ended));
    } catch (error) {
      this.#giveUp(open, error);
    }
  }

  #closed(open: OpenRequest, res: ServerResponse): void {
    try {
      this.end(open, outcomeOf(open, res));
    } catch (error) {
      this.#giveUp(open, error);
    }
  }

  /** It is recorded as far as it is known. */
  #giveUp(open: OpenRequest, error: unknown): void {
    caught('a request', error);
    this.end(open, 'unfinished');
  }
}

function measure(open: OpenRequest, res: ServerResponse, outcome: Outcome): void {
  // Without a first byte no head was sent, whatever `statusCode` says; only Bun sends one that nobody sees leave.
  const sent = !Number.isNaN(open.firstByte) || outcome === 'finished';
  open.status = sent ? open.status || res.statusCode : 0;
  open.bytesIn = bytesReceived(open);
  open.bytesOut = bytesSent(open);
  // A connection that lives on must not hold what is over; that of a lost one tells a second observer that it is.
  const { socket } = open;
  if (outcome === 'finished' && socket?.[OPEN] === open) socket[OPEN] = undefined;
}

/**
 * `finished` only when the response was ended and all of it left. Neither `statusCode` (200 by default) nor the
 * `finish` event tells: Node also emits it for writes that a reset or destroyed socket cancelled, and for those to a
 * socket that it has ended because the client closed its half.
 */
function outcomeOf({ socket, cut }: OpenRequest, res: ServerResponse): Outcome {
  const lost = cut || (socket.destroyed && (socket.errored !== null || !socket.writableFinished));
  return !lost && res.writableFinished ? 'finished' : 'aborted';
}
