import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { Duplex } from 'node:stream';
import type { InFlight } from '../../record/sample.ts';
import type { Outcome } from '../../record/series.ts';
import { caught, guarded } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import { observeStream, streamOf } from './http2-stream.ts';
import {
  type Carrier,
  type Connection,
  ConnectionState,
  giveUp,
  OPEN,
  OpenRequest,
  openOn,
  type Request,
  STATE,
  type Tracker,
} from './open-request.ts';
import { observeSocket, watchSwitch } from './raw-socket.ts';
import { Slots } from './slots.ts';
import { followForeign, followLocal } from './unconnected.ts';
import { measure, outcomeOf, watchBody, watchResponses } from './wire.ts';

/** Called once for each request, when it has ended. */
export type Done = (open: OpenRequest, outcome: Outcome, end: number) => void;

/** The statuses of answers that Node sends by itself, without giving the request to the application. */
const REFUSALS = new Set([400, 408, 413, 417, 431, 503]);

/**
 * Observes requests from start to end.
 *
 * A request ends with the `close` event of its response. Node emits it for each response that owned its connection,
 * finished or not. It emits none for a pipelined response that waits for the connection when that is lost
 * (nodejs/node#62534), nor for a response that was detached from its connection. So the `close` of a connection ends
 * all requests that are open on it. The `close` of the request message is not used: it comes when the body has been
 * read, and not when the connection is lost after that.
 */
export class Observer implements Tracker {
  readonly #slots = new Slots();
  /** Open requests by slot. */
  readonly #open: (OpenRequest | undefined)[] = [];
  readonly #done: Done;
  keepsContext = false;
  #inFlight = 0;

  constructor(done: Done) {
    this.#done = done;
    watchResponses();
  }

  /**
   * Starts to observe a request, unless it is observed already.
   *
   * @param handled whether the application was given the request; if not, Node may answer it by itself
   * @returns undefined if the request has ended
   */
  observe(req: IncomingMessage, res: ServerResponse, handled = true): OpenRequest | undefined {
    const socket: Connection | undefined = req.socket;
    // The common case.
    if (socket?._httpMessage === res && !socket.destroyed && !(req as { upgrade?: unknown }).upgrade) {
      const state = socket[STATE] ?? this.connectionOf(socket);
      const { open } = state;
      if (open?.res !== res) return this.#follow(req, res, state, handled);
      if (handled) open.handled = true;
      return open;
    }
    const stream = streamOf(req as unknown as Http2ServerRequest);
    if (stream === undefined) return this.#observeOther(req, res, handled);
    observeStream(this, stream, req.headers, req, res);
    return stream[OPEN];
  }

  /** The open request, if it is observed. */
  find(req: IncomingMessage, res: ServerResponse): OpenRequest | undefined {
    const socket: Connection | undefined = req.socket;
    const stream = streamOf(req as unknown as Http2ServerRequest);
    if (stream !== undefined) return stream[OPEN];
    return openOn(socket?.[STATE], req.headers) ?? (res as Carrier)[OPEN];
  }

  /** Ends all open requests, as `unfinished`. */
  endAll(): void {
    for (const open of this.#open) if (open !== undefined) this.end(open, 'unfinished');
  }

  /** The open requests; undefined for free slots. */
  get openRequests(): Iterable<OpenRequest | undefined> {
    return this.#open;
  }

  /** Requests in flight. */
  get active(): number {
    return this.#inFlight;
  }

  /** The requests in flight at `at`, and how long they were in flight since `since`; both in monotonic ms. */
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

  /** Observes a request whose response owns its connection. */
  #follow(req: IncomingMessage, res: ServerResponse, state: ConnectionState, handled: boolean): OpenRequest {
    const open = this.start(req, res, req.socket, handled);
    open.connectionRequests = ++state.requests;
    state.open = open;
    try {
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
      if (known.res === undefined) {
        known.req = req; // a framework names the route on its own request object
        known.response = res;
      }
      return known;
    }
    if (res.writableFinished) return undefined;
    if (!(socket instanceof Duplex) || isElsewhere(res, socket)) {
      return res instanceof ServerResponse ? followLocal(this, req, res) : followForeign(this, req, res);
    }
    // The connection was upgraded. The framework created `res` for its handler; it is not connected to the socket.
    if ((req as { upgrade?: unknown }).upgrade) return observeSocket(this, req, socket, 'upgraded', res);
    if (!(res instanceof ServerResponse)) return followForeign(this, req, res);
    if (socket.destroyed || res.destroyed) return this.#followLost(req, res);
    const owner = socket._httpMessage;
    if (owner?.req?.headers === req.headers) return this.observe(req, owner, handled); // `res` is a wrapper around `owner`
    if (owner) return this.#followQueued(req, res, handled);
    // Node announces a request before its response owns the connection.
    return this.#follow(req, res, this.connectionOf(socket), handled);
  }

  /** Observes a pipelined request, whose response waits for those before it. */
  #followQueued(req: IncomingMessage, res: ServerResponse, handled: boolean): OpenRequest {
    const open = this.start(req, res, req.socket, handled);
    (res as Carrier)[OPEN] = open;
    try {
      const state = this.connectionOf(req.socket);
      open.connectionRequests = ++state.requests;
      state.queued ??= new Set();
      const { queued } = state;
      queued.add(open);
      watchBody(open);
      const isNext = (): void => {
        queued.delete(open);
        if (!open.ended) state.open = open;
        // Data that was written while it waited is sent now.
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

  /** Records a request whose client had disconnected before it could be observed. */
  #followLost(req: IncomingMessage, res: ServerResponse): OpenRequest {
    const connection: Connection = req.socket;
    const open = this.start(req, res, connection);
    open.connectionRequests = (connection[STATE]?.requests ?? 0) + 1;
    (res as Carrier)[OPEN] = open; // for a second observer
    this.end(open, 'aborted');
    return open;
  }
}

/** Whether a response is written to another stream than the connection of its request. */
function isElsewhere(res: ServerResponse, socket: Connection): boolean {
  const { socket: own } = res as { readonly socket?: unknown };
  return own !== null && own !== undefined && own !== socket;
}

function responseClosed(open: OpenRequest): void {
  try {
    const { res, tracker } = open;
    if (open.closed === undefined) tracker.end(open, outcomeOf(open, res!));
    else if (open.socket?.destroyed) open.closed(); // otherwise the connection was upgraded and is still open
  } catch (error) {
    caught('a request', error);
    open.tracker.end(open, 'unfinished');
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
