import {
  decodeJson,
  FrameReader,
  FrameType,
  type Hello,
  type Mark,
  type Running,
  type Series,
  type State,
} from '../../shared/feed.ts';

/** The state of the connection to the server. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The server requires the token: the session has expired, or the server was restarted. */
  | { readonly state: 'signed-out' }
  /** `since`: wall time of the last message, ms since 1970. */
  | { readonly state: 'gone'; readonly since: number };

export interface FeedHandler {
  /** `fresh`: the server is new, so earlier data is invalid. */
  hello(hello: Hello, fresh: boolean): void;
  series(series: readonly Series[]): void;
  texts(texts: readonly (readonly [number, string])[]): void;
  rows(payload: Uint8Array): void;
  state(state: State): void;
  /** The open requests of all processes. */
  running(running: readonly Running[]): void;
  /** Blocked event loops, starts and stops of processes. */
  marks(marks: readonly Mark[]): void;
  connection(connection: Connection): void;
  /** The row to continue from. */
  next(): number;
}

/** The server sends a message at least once a second. After this long without one, it is gone. */
const SILENCE_MS = 4000;
const RETRY_MS = 1000;

/** Where the feed is, by default beside the page. */
export interface FeedPlace {
  /** The address of the view, with a slash at its end. */
  readonly base?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

/** Reads the feed until `signal`, or until the page is closed. Reconnects, and continues where it stopped. */
export function readFeed(handler: FeedHandler, { base = '', headers = {}, signal }: FeedPlace = {}): void {
  let epoch: string | undefined;
  let lastMessageAt = Date.now();

  const connect = async () => {
    if (signal?.aborted) return;
    const abort = new AbortController();
    const end = () => abort.abort();
    signal?.addEventListener('abort', end);
    let refused = false;
    let silence = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const query = epoch === undefined ? '' : `?epoch=${encodeURIComponent(epoch)}&row=${handler.next()}`;
      const response = await fetch(`${base}feed${query}`, {
        signal: abort.signal,
        headers,
      });
      refused = response.status === 401;
      if (!response.ok || response.body === null) throw new Error(`the feed answered ${response.status}`);
      const frames = new FrameReader();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENCE_MS);
        lastMessageAt = Date.now();
        for (const { type, payload } of frames.read(value)) take(type, payload);
      }
    } catch {
      // The connection failed or was lost. It is retried below.
    } finally {
      clearTimeout(silence);
      abort.abort();
      signal?.removeEventListener('abort', end);
    }
    if (signal?.aborted) return;
    handler.connection(refused ? { state: 'signed-out' } : { state: 'gone', since: lastMessageAt });
    setTimeout(connect, RETRY_MS);
  };

  const take = (type: number, payload: Uint8Array) => {
    switch (type) {
      case FrameType.hello: {
        const hello = decodeJson<Hello>(payload);
        const fresh = hello.epoch !== epoch;
        epoch = hello.epoch;
        handler.hello(hello, fresh);
        handler.connection({ state: 'live' });
        break;
      }
      case FrameType.series:
        handler.series(decodeJson(payload));
        break;
      case FrameType.texts:
        handler.texts(decodeJson(payload));
        break;
      case FrameType.rows:
        handler.rows(payload);
        break;
      case FrameType.running:
        handler.running(decodeJson(payload));
        break;
      case FrameType.marks:
        handler.marks(decodeJson(payload));
        break;
      case FrameType.state:
        handler.state(decodeJson(payload));
        break;
    }
  };

  handler.connection({ state: 'connecting' });
  void connect();
}
