import type { ServerResponse } from 'node:http';
import { CHUNK_ROWS } from '../shared/columns.ts';
import { encodeJson, encodeRows, FrameType, type Hello } from '../shared/feed.ts';
import type { Store } from '../store/store.ts';

const TICK_MS = 100;
const STATE_MS = 500;
/** Pages that may be open at the same time. */
const MOST_PAGES = 32;

/** Sends pages what is new: the server's side of `shared/feed.ts`. */
export class LiveFeed {
  readonly #store: Store;
  readonly #version: string;
  readonly #pages = new Set<Page>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, version: string) {
    this.#store = store;
    this.#version = version;
  }

  handle(res: ServerResponse, query: URLSearchParams): void {
    if (this.#pages.size >= MOST_PAGES) {
      res.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' });
      res.end(`There are ${MOST_PAGES} pages open already: close one of them\n`);
      return;
    }
    const page = new Page(this.#store, this.#version, res, query);
    this.#pages.add(page);
    this.#timer ??= setInterval(() => {
      for (const open of this.#pages) open.tick();
    }, TICK_MS).unref();
    res.on('close', () => {
      this.#pages.delete(page);
      if (this.#pages.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    page.tick();
  }

  close(): void {
    for (const page of this.#pages) page.end();
  }
}

/**
 * One page. It has no queue: when the connection takes no more, nothing is made for it, and it goes on later from the
 * row where it stopped, or from the oldest that is still kept.
 */
class Page {
  readonly #store: Store;
  readonly #res: ServerResponse;
  #row: number;
  #series = 0;
  #text = 0;
  #stateAt = Number.NEGATIVE_INFINITY;
  #blocked = false;

  constructor(store: Store, version: string, res: ServerResponse, query: URLSearchParams) {
    this.#store = store;
    this.#res = res;
    const { rows, epoch, max } = store;
    const asked = Number(query.get('row') ?? Number.NaN);
    const goesOn =
      query.get('epoch') === epoch &&
      Number.isSafeInteger(asked) &&
      asked >= rows.firstRow &&
      asked <= rows.endRow;
    this.#row = goesOn ? asked : rows.firstRow;
    res.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    res.on('drain', () => {
      this.#blocked = false;
      this.tick();
    });
    this.#write(encodeJson(FrameType.hello, { epoch, version, max, row: this.#row } satisfies Hello));
  }

  tick(): void {
    this.#sendState();
    while (!this.#blocked && this.#row < this.#store.rows.endRow) {
      this.#sendNames();
      this.#sendRows();
    }
  }

  end(): void {
    this.#res.end();
  }

  /** Up to the end of one chunk. */
  #sendRows(): void {
    const { rows } = this.#store;
    // A page that was too slow misses what is gone meanwhile.
    this.#row = Math.max(this.#row, rows.firstRow);
    const from = this.#row % CHUNK_ROWS;
    const to = Math.min(CHUNK_ROWS, from + rows.endRow - this.#row);
    this.#write(encodeRows(rows.chunkOf(this.#row), from, to, this.#row));
    this.#row += to - from;
  }

  #sendNames(): void {
    const { series, texts } = this.#store;
    if (this.#series < series.nextId) {
      this.#write(encodeJson(FrameType.series, series.since(this.#series)));
      this.#series = series.nextId;
    }
    if (this.#text < texts.nextId - 1) {
      this.#write(encodeJson(FrameType.texts, texts.since(this.#text + 1)));
      this.#text = texts.nextId - 1;
    }
  }

  #sendState(): void {
    const now = performance.now();
    if (this.#blocked || now - this.#stateAt < STATE_MS) return;
    this.#stateAt = now;
    this.#write(encodeJson(FrameType.state, this.#store.state()));
  }

  #write(frame: Uint8Array): void {
    if (!this.#res.write(frame)) this.#blocked = true;
  }
}
