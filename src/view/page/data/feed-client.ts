import {
  decodeJson,
  FrameReader,
  FrameType,
  type Hello,
  type Series,
  type State,
} from '../../shared/feed.ts';

/** How the page stands with its server. */
export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The server asks for its token: its cookie has ended, or it was started anew. */
  | { readonly state: 'signed-out' }
  /** `since`: wall time of the last word from it, ms since 1970. */
  | { readonly state: 'gone'; readonly since: number };

export interface FeedHandler {
  /** `fresh`: another server than before, or the first: what is held is of no use. */
  hello(hello: Hello, fresh: boolean): void;
  series(series: readonly Series[]): void;
  texts(texts: readonly (readonly [number, string])[]): void;
  rows(payload: Uint8Array): void;
  state(state: State): void;
  link(link: Link): void;
  /** Number of the row to go on with. */
  next(): number;
}

/** The server says something once a second: this long without a word, and it is gone. */
const SILENCE_MS = 4000;
const RETRY_MS = 1000;

/** Reads the feed, for as long as the page is open; goes on where it broke. */
export function follow(handler: FeedHandler): void {
  let epoch: string | undefined;
  let lastWord = Date.now();

  const connect = async () => {
    const abort = new AbortController();
    let refused = false;
    let silence = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const query = epoch === undefined ? '' : `?epoch=${encodeURIComponent(epoch)}&row=${handler.next()}`;
      const response = await fetch(`feed${query}`, { signal: abort.signal, cache: 'no-store' });
      refused = response.status === 401;
      if (!response.ok || response.body === null) throw new Error(`the feed answered ${response.status}`);
      const frames = new FrameReader();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENCE_MS);
        lastWord = Date.now();
        for (const { type, payload } of frames.read(value)) take(type, payload);
      }
    } catch {
      // Whatever it was: the server is not there as it should be, and is asked again.
    } finally {
      clearTimeout(silence);
      abort.abort();
    }
    handler.link(refused ? { state: 'signed-out' } : { state: 'gone', since: lastWord });
    setTimeout(connect, RETRY_MS);
  };

  const take = (type: number, payload: Uint8Array) => {
    switch (type) {
      case FrameType.hello: {
        const hello = decodeJson<Hello>(payload);
        const fresh = hello.epoch !== epoch;
        epoch = hello.epoch;
        handler.hello(hello, fresh);
        handler.link({ state: 'live' });
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
      case FrameType.state:
        handler.state(decodeJson(payload));
        break;
    }
  };

  handler.link({ state: 'connecting' });
  void connect();
}
