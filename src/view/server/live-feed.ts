import type { ServerResponse } from 'node:http';
import { guarded } from '../../safety/guard.ts';
import { cancel, every, type Timer } from '../../safety/time.ts';
import { encodeJson, encodeRows, FrameType, type Hello, type Series } from '../shared/feed.ts';
import type { Store } from '../store/store.ts';

const TICK_MS = 100;
const STATE_MS = 500;
/** The most pages that can be open at a time. */
const MAX_PAGES = 32;
/**
 * The most characters of tag sets or paths in a frame. Encoding more as JSON would block the event loop for too long.
 */
const MAX_FRAME_CHARACTERS = 2 ** 18;

/** The server's side of `shared/feed.ts`: sends new data to the pages. */
export class LiveFeed {
  readonly #store: Store;
  readonly #version: string;
  readonly #pages = new Set<Page>();
  #timer: Timer | undefined;
  #state: { readonly frame: Uint8Array; readonly madeAt: number; readonly sweeps: number } | undefined;

  constructor(store: Store, version: string) {
    this.#store = store;
    this.#version = version;
  }

  /** The state of the store, encoded once for all pages that need it at about the same time. */
  readonly #stateFrame = (): Uint8Array => {
    const now = performance.now();
    const { sweeps } = this.#store;
    if (this.#state === undefined || now - this.#state.madeAt >= TICK_MS || this.#state.sweeps !== sweeps) {
      const frame = encodeJson(FrameType.state, this.#store.state());
      this.#state = { frame, madeAt: now, sweeps };
    }
    return this.#state.frame;
  };

  handle(res: ServerResponse, query: URLSearchParams): void {
    if (this.#pages.size >= MAX_PAGES) {
      res.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' });
      res.end(`There are ${MAX_PAGES} pages open already: close one of them\n`);
      return;
    }
    const page = new Page(this.#store, this.#stateFrame, this.#version, res, query);
    this.#pages.add(page);
    this.#timer ??= every('the timer of the live view', TICK_MS, () => {
      for (const open of this.#pages) open.tick();
    });
    const closed = () => {
      this.#pages.delete(page);
      if (this.#pages.size > 0) return;
      cancel(this.#timer);
      this.#timer = undefined;
    };
    res.on('close', guarded('the end of a page of the view', closed));
    page.tick();
  }

  close(): void {
    for (const page of this.#pages) page.end();
  }
}

/**
 * The feed of one page. It has no queue: while the connection is congested, nothing is encoded. It then continues
 * from the row where it stopped, or from the oldest row in the store.
 */
class Page {
  readonly #store: Store;
  readonly #stateFrame: () => Uint8Array;
  readonly #res: ServerResponse;
  #row: number;
  /** The number of tag sets and paths that were sent, of all that were ever added. */
  #series = 0;
  #texts = 0;
  #sweeps: number;
  #stateAt = Number.NEGATIVE_INFINITY;
  /** The number of sent marks. */
  #marks = 0;
  /** The version of the sent open requests. */
  #running = 0;
  #blocked = false;

  constructor(
    store: Store,
    stateFrame: () => Uint8Array,
    version: string,
    res: ServerResponse,
    query: URLSearchParams,
  ) {
    this.#store = store;
    this.#stateFrame = stateFrame;
    this.#sweeps = store.sweeps;
    this.#res = res;
    const { rows, epoch, max, history, traceUrl } = store;
    const asked = Number(query.get('row') ?? Number.NaN);
    const goesOn =
      query.get('epoch') === epoch &&
      Number.isSafeInteger(asked) &&
      asked >= rows.firstRow &&
      asked <= rows.endRow;
    this.#row = goesOn ? asked : rows.firstRow;
    res.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    const drained = () => {
      this.#blocked = false;
      this.tick();
    };
    res.on('drain', guarded('a page of the view', drained));
    this.#write(
      encodeJson(FrameType.hello, { epoch, version, max, row: this.#row, history, traceUrl } satisfies Hello),
    );
  }

  tick(): void {
    this.#sendState();
    this.#sendRunning();
    this.#sendMarks();
    while (!this.#blocked && this.#row < this.#store.rows.endRow) {
      if (this.#sendNames()) this.#sendRows();
    }
  }

  end(): void {
    this.#res.end();
  }

  /** Sends rows up to the end of a chunk. */
  #sendRows(): void {
    const { rows } = this.#store;
    // A page that is too slow misses evicted rows.
    this.#row = Math.max(this.#row, rows.firstRow);
    const { chunk, from, to } = rows.partOf(this.#row);
    this.#write(encodeRows(chunk, from, to, this.#row));
    this.#row += to - from;
  }

  /** Sends some of the tag sets and paths of the next rows. Returns whether the page has all of them. */
  #sendNames(): boolean {
    const { series, texts, sweeps } = this.#store;
    if (this.#sweeps !== sweeps) {
      // Ids may have been reused. The page must first forget the rows with the old ones.
      this.#sweeps = sweeps;
      this.#write(this.#stateFrame());
    }
    if (this.#series < series.added) {
      const sets = series.addedAfter(this.#series, MAX_FRAME_CHARACTERS);
      this.#series = sets.at(-1)?.position ?? series.added;
      this.#write(
        encodeJson(
          FrameType.series,
          sets.map(({ id, tags }): Series => ({ id, tags })),
        ),
      );
    }
    if (this.#texts < texts.added) {
      const paths = texts.addedAfter(this.#texts, MAX_FRAME_CHARACTERS);
      this.#texts = paths.at(-1)?.position ?? texts.added;
      this.#write(
        encodeJson(
          FrameType.texts,
          paths.map(({ id, text }) => [id, text]),
        ),
      );
    }
    return this.#series === series.added && this.#texts === texts.added;
  }

  #sendState(): void {
    const now = performance.now();
    if (this.#blocked || now - this.#stateAt < STATE_MS) return;
    this.#stateAt = now;
    this.#write(this.#stateFrame());
  }

  /** After a reconnection the page gets the list again. */
  #sendRunning(): void {
    const { running } = this.#store;
    if (this.#blocked || this.#running === running.version) return;
    this.#running = running.version;
    this.#write(encodeJson(FrameType.running, running.list()));
  }

  #sendMarks(): void {
    const { marks } = this.#store;
    if (this.#blocked || this.#marks === marks.added) return;
    const sent = this.#marks;
    this.#marks = marks.added;
    this.#write(encodeJson(FrameType.marks, marks.after(sent)));
  }

  #write(frame: Uint8Array): void {
    if (!this.#res.write(frame)) this.#blocked = true;
  }
}
