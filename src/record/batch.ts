import type { SeriesTags } from './series.ts';
import { Texts } from './texts.ts';

/** Bytes of one row, summed over all columns. */
export const ROW_BYTES: number = 6 * Float64Array.BYTES_PER_ELEMENT + 6 * Uint32Array.BYTES_PER_ELEMENT;

/**
 * Timestamps are multiples of this many ns, plus the era. The era is a number that changes when the wall clock is
 * stepped back: points of a period that the clock shows twice then do not overwrite each other.
 */
export const ERAS = 8;

/** A batch with this many bytes of text is full. */
const MAX_TEXT_BYTES = 2 ** 20;

/** Two timestamps of one process and thread are at least this many ns apart. */
export const SPACING_NS = 100;

/**
 * The columns of up to `capacity` requests in shared memory: the main thread writes rows, the worker reads them.
 * The memory is shared, not transferred, so no rows are lost when a worker dies.
 */
export class Columns {
  /** End of the request, ns after the batch's base. */
  readonly end: Float64Array;
  /** Start to end, ms. */
  readonly duration: Float64Array;
  /** Start to response head sent, ms; NaN if no head was sent. */
  readonly firstByte: Float64Array;
  /** Time waited in front of this process, such as in a proxy, s; NaN if not known. */
  readonly queueTime: Float64Array;
  /** NaN if not known; the same for `bytesOut`. */
  readonly bytesIn: Float64Array;
  readonly bytesOut: Float64Array;
  readonly slot: Uint32Array;
  readonly inFlight: Uint32Array;
  /** Number among the requests of its connection, from 1; 0 if not known. */
  readonly connectionRequests: Uint32Array;
  /** Index into the batch's series. */
  readonly series: Uint32Array;
  /** Offset in the batch's texts; 0 for none. The same for `path`. */
  readonly trace: Uint32Array;
  readonly path: Uint32Array;

  constructor(buffer: SharedArrayBuffer, capacity: number) {
    let offset = 0;
    const floats = () => {
      const column = new Float64Array(buffer, offset, capacity);
      offset += column.byteLength;
      return column;
    };
    const integers = () => {
      const column = new Uint32Array(buffer, offset, capacity);
      offset += column.byteLength;
      return column;
    };
    this.end = floats();
    this.duration = floats();
    this.firstByte = floats();
    this.queueTime = floats();
    this.bytesIn = floats();
    this.bytesOut = floats();
    this.slot = integers();
    this.inFlight = integers();
    this.connectionRequests = integers();
    this.series = integers();
    this.trace = integers();
    this.path = integers();
  }
}

/** The data of a batch that the worker needs to encode it, in a form that can be posted. */
export interface BatchContent {
  readonly buffer: SharedArrayBuffer;
  readonly capacity: number;
  readonly rows: number;
  /** Wall time of the batch's base, ns since 1970. */
  readonly base: bigint;
  /** Added to each timestamp: see {@link ERAS}. */
  readonly era: number;
  /** Sequence number of the first row. */
  readonly firstSequence: number;
  readonly series: readonly SeriesTags[];
  readonly texts: SharedArrayBuffer;
}

/** A batch that is being filled. The recorder writes its columns directly, so that the code per request is in one place. */
export class Batch {
  readonly columns: Columns;
  readonly capacity: number;
  readonly #buffer: SharedArrayBuffer;
  rows = 0;
  /** The number of rows that `metrics/durations.ts` has counted. */
  counted = 0;
  /** The monotonic time that `end` counts from, ms. */
  baseMs = 0;
  /** The earliest `end` that the next row may have. */
  nextEnd = 0;
  /** Changes each time the batch is reused, so that series interned for an earlier use are recognized as stale. */
  generation = 0;
  series: SeriesTags[] = [];
  readonly texts: Texts = new Texts();
  #base = 0n;
  #era = 0;
  #firstSequence = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#buffer = new SharedArrayBuffer(capacity * ROW_BYTES);
    this.columns = new Columns(this.#buffer, capacity);
  }

  begin(start: {
    generation: number;
    baseMs: number;
    wall: bigint;
    floor: number;
    era: number;
    sequence: number;
  }): void {
    this.rows = 0;
    this.counted = 0;
    this.generation = start.generation;
    this.baseMs = start.baseMs;
    this.nextEnd = start.floor;
    this.series = [];
    this.texts.clear();
    this.#base = start.wall;
    this.#era = start.era;
    this.#firstSequence = start.sequence;
  }

  /** No more rows may be written. */
  get isFull(): boolean {
    return this.rows === this.capacity || this.texts.used >= MAX_TEXT_BYTES;
  }

  /** Bytes of memory that it holds. */
  get bytes(): number {
    return this.capacity * ROW_BYTES + this.texts.held;
  }

  /** Wall time that the timestamps of the next batch must be after, ns. */
  get lastWall(): bigint {
    return this.#base + BigInt(Math.ceil(this.nextEnd));
  }

  content(): BatchContent {
    return {
      buffer: this.#buffer,
      capacity: this.capacity,
      rows: this.rows,
      base: this.#base,
      era: this.#era,
      firstSequence: this.#firstSequence,
      series: this.series,
      texts: this.texts.buffer,
    };
  }
}
