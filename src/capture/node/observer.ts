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
  type Carrier,
  type Connection,
  ConnectionState,
  OPEN,
  OpenRequest,
  openOn,
  type Request,
  STATE,
  type Tracker,
} from './open-request.ts';
import { observeSocket, watchSwitch } from './raw-socket.ts';
import { Slots } from './slots.ts';
import { measure, outcomeOf, watchBody, watchResponses } from './wire.ts';

/** Told once of each request, when it is over. */
export type Done = (open: OpenRequest, outcome: Outcome, end: number) => void;

/** What Node answers by itself, without giving the application the request. */
const REFUSALS = new Set([400, 408, 413, 417, 431, 503]);

/**
 * Follows requests from start to end: the only place that listens to Node's HTTP objects.
 *
 * The end is the response's `close` event, which Node emits for each response that owned its connection, whether it
 * finished or not. A pipelined response that still waited for the connection when that was lost gets no event
 * (nodejs/node#62534), nor does one that was taken off its connection; so the `close` of the connection ends all that is
 * open on it. The request's own `close` is no help: it comes as soon as the body has been read, and not again when the
 * connection goes.
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
   * @returns undefined if it is over
   */
  observe(req: IncomingMessage, res: ServerResponse, handled = true): OpenRequest | undefined {
    const socket: Connection | undefined = req.socket;
    // All but a few take this way.
    if (socket?._httpMessage === res && !socket.destroyed && !(req as { upgrade?: unknown }).upgrade) {
      const state = socket[STATE] ?? this.connectionOf(socket);
      const { open } = state;
      if (open?.res !== res) return this.#follow(req, res, state, handled);
      if (handled) open.handled = true;
      return open;
    }
    const stream = streamOf(req as unknown as Http2ServerRequest);
    if (stream === undefined) return this.#observeOther(req, res, handled);
    observeStream(this, stream, req.headers, req);
    return stream[OPEN];
  }

  /** The request, if somebody follows it. */
  find(req: IncomingMessage, res: ServerResponse): OpenRequest | undefined {
    const socket: Connection | undefined = req.socket;
    const stream = streamOf(req as unknown as Http2ServerRequest);
    if (stream !== undefined) return stream[OPEN];
    return openOn(socket?.[STATE], req.headers) ?? (res as Carrier)[OPEN];
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

  start(
    req: Request,
    res: ServerResponse | undefined,
    socket: Connection | undefined,
    handled = true,
  ): OpenRequest {
    const slot = this.#slots.acquire();
    const open = new OpenRequest(this, req, res, socket, slot, ++this.#inFlight, now(), handled);
    this.#open[slot] = open;
    return open;
  }

  connectionOf(socket: Connection): ConnectionState {
    const known = socket[STATE];
    if (known !== undefined) return known;
    const state = new ConnectionState();
    socket[STATE] = state;
    socket.on(
      'close',
      guarded('the end of a connection', () => connectionClosed(state)),
    );
    return state;
  }

  end(open: OpenRequest, outcome: Outcome): void {
    if (open.ended) return;
    open.ended = true;
    const end = now();
    this.#inFlight--;
    this.#slots.release(open.slot);
    this.#open[open.slot] = undefined;
    try {
      if (open.res !== undefined && outcome !== 'upgraded') measure(open, open.res, outcome);
    } catch (error) {
      caught('the end of a request', error);
    }
    this.#done(open, !open.handled && REFUSALS.has(open.status) ? 'rejected' : outcome, end);
  }

  /** A response that owns its connection. */
  #follow(req: IncomingMessage, res: ServerResponse, state: ConnectionState, handled: boolean): OpenRequest {
    const open = this.start(req, res, req.socket, handled);
    try {
      state.open = open;
      watchBody(open);
      if (open.headers.upgrade !== undefined) watchSwitch(open);
      res.on('close', () => responseClosed(open));
    } catch (error) {
      giveUp(open, error);
    }
    return open;
  }

  #observeOther(req: IncomingMessage, res: ServerResponse, handled: boolean): OpenRequest | undefined {
    const socket: Connection | undefined = req.socket;
    const known = openOn(socket?.[STATE], req.headers) ?? (res as Carrier)[OPEN];
    if (known !== undefined) {
      if (handled) known.handled = true;
      if (known.res === undefined) known.req = req; // a framework names the route on its own request object
      return known;
    }
    if (res.writableFinished) return undefined;
    if (!(socket instanceof Duplex) || isElsewhere(res, socket)) {
      return res instanceof ServerResponse ? this.#followLocal(req, res) : this.#followForeign(req, res);
    }
    // The connection is no longer HTTP's. What is given as its response was made for the application alone.
    if ((req as { upgrade?: unknown }).upgrade) return observeSocket(this, req, socket, 'upgraded');
    if (!(res instanceof ServerResponse)) return this.#followForeign(req, res);
    if (socket.destroyed || res.destroyed) return this.#followLost(req, res);
    const owner = socket._httpMessage;
    if (owner?.req?.headers === req.headers) return this.observe(req, owner, handled); // `res` is a wrapper around it
    if (owner) return this.#followQueued(req, res, handled);
    return this.#follow(req, res, this.connectionOf(socket), handled); // Node announces it before that owns it
  }

  /** A pipelined one, whose response waits for those before it. */
  #followQueued(req: IncomingMessage, res: ServerResponse, handled: boolean): OpenRequest {
    const open = this.start(req, res, req.socket, handled);
    try {
      const state = this.connectionOf(req.socket);
      state.queued ??= new Set();
      const { queued } = state;
      queued.add(open);
      (res as Carrier)[OPEN] = open;
      watchBody(open);
      const isNext = (): void => {
        queued.delete(open);
        if (!open.ended) state.open = open;
        // What was written while it waited leaves now.
        if ((res as { _headerSent?: boolean })._headerSent) open.firstByte = now();
      };
      const isClosed = (): void => {
        queued.delete(open);
        responseClosed(open);
      };
      res.once('socket', guarded('a pipelined request', isNext));
      res.on('close', guarded('a pipelined request', isClosed));
    } catch (error) {
      giveUp(open, error);
    }
    return open;
  }

  /** One whose client had left before anybody saw it. */
  #followLost(req: IncomingMessage, res: ServerResponse): OpenRequest {
    const open = this.start(req, res, req.socket);
    (res as Carrier)[OPEN] = open; // for a second observer
    this.end(open, 'aborted');
    return open;
  }

  /** One that came over no connection, as test injectors and adapters of serverless functions make them. */
  #followLocal(req: IncomingMessage, res: ServerResponse): OpenRequest {
    const open = this.start(req, res, undefined);
    try {
      (res as Carrier)[OPEN] = open;
      const kind = 'a request without a connection';
      const ended = (outcome: Outcome): void => {
        if (res.headersSent && Number.isNaN(open.firstByte)) open.firstByte = now();
        this.end(open, outcome);
      };
      const closed = guarded(kind, () => ended(res.writableEnded ? 'finished' : 'aborted'));
      // What was written cannot be lost on the way. Some emit `close` first, from within `end()`.
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

  /** One whose response is not Node's own. */
  #followForeign(req: IncomingMessage, res: ServerResponse): OpenRequest {
    const open = this.start(req, res, undefined);
    try {
      (res as Carrier)[OPEN] = open;
      const ended = () => {
        if (res.headersSent) open.firstByte = now();
        const isWhole = res.writableFinished || (res.writableEnded && !res.destroyed);
        this.end(open, isWhole ? 'finished' : 'aborted');
      };
      onFinished(res, guarded('a request', ended));
    } catch (error) {
      giveUp(open, error);
    }
    return open;
  }
}

/** Whether a response is written to something else than the connection that its request came over. */
function isElsewhere(res: ServerResponse, socket: Connection): boolean {
  const { socket: own } = res as { readonly socket?: unknown };
  return own !== null && own !== undefined && own !== socket;
}

function responseClosed(open: OpenRequest): void {
  try {
    const { res, tracker } = open;
    if (open.closed === undefined) tracker.end(open, outcomeOf(open, res!));
    else if (open.socket?.destroyed) open.closed(); // until then the connection lives on as something else
  } catch (error) {
    giveUp(open, error);
  }
}

function connectionClosed({ open, queued }: ConnectionState): void {
  if (open !== undefined && !open.ended) {
    if (open.closed === undefined) responseClosed(open);
    else open.closed();
  }
  for (const lost of queued ?? []) lost.tracker.end(lost, 'aborted');
  queued?.clear();
}

/** It is recorded as far as it is known. */
function giveUp(open: OpenRequest, error: unknown): void {
  caught('a request', error);
  open.tracker.end(open, 'unfinished');
}
