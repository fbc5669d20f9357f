import type { SeriesTags } from './series.ts';
import { Texts } from './texts.ts';

/** Bytes of one row over all columns. */
export const ROW_BYTES: number = 6 * Float64Array.BYTES_PER_ELEMENT + 5 * Uint32Array.BYTES_PER_ELEMENT;

/**
 * Timestamps are multiples of this many ns, plus the era: a number that changes when the wall clock is stepped back,
 * so that an hour that is lived twice does not overwrite its own points.
 */
export const ERAS = 8;

/** Bytes of text that make a batch full. */
const MOST_TEXT = 2 ** 20;

/** Two timestamps of one process and thread are at least this many ns apart. */
export const SPACING_NS = 100;

/**
 * The columns of up to `capacity` requests in shared memory: the main thread writes rows, the worker reads them.
 * Because it is shared and not transferred, a worker that dies takes nothing along.
 */
export class Columns {
  /** End of the request, ns after the batch's base. */
  readonly end: Float64Array;
  /** Start to end, ms. */
  readonly duration: Float64Array;
  /** Start to response head sent, ms; NaN if none was. */
  readonly firstByte: Float64Array;
  /** Waited in front of this process, s; NaN if not known. */
  readonly queueTime: Float64Array;
  readonly bytesIn: Float64Array;
  /** NaN if not known. */
  readonly bytesOut: Float64Array;
  readonly slot: Uint32Array;
  readonly inFlight: Uint32Array;
  /** Index into the batch's series. */
  readonly series: Uint32Array;
  /** Place in the batch's texts; 0 for none. */
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
    this.series = integers();
    this.trace = integers();
    this.path = integers();
  }
}

/** All that the worker needs to turn a batch into lines, in a form that can be posted to it. */
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

/** A batch being filled. The recorder writes its columns directly: what runs per request is in one place. */
export class Batch {
  readonly columns: Columns;
  readonly capacity: number;
  readonly #buffer: SharedArrayBuffer;
  rows = 0;
  /** Of these, so many have been counted by `metrics/durations.ts`. */
  counted = 0;
  /** The monotonic time that `end` counts from, ms. */
  baseMs = 0;
  /** The earliest `end` that the next row may have. */
  nextEnd = 0;
  /** Changes whenever the batch is begun anew, so that what was interned for an earlier life is known as stale. */
  life = 0;
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
    life: number;
    baseMs: number;
    wall: bigint;
    floor: number;
    era: number;
    sequence: number;
  }): void {
    this.rows = 0;
    this.counted = 0;
    this.life = start.life;
    this.baseMs = start.baseMs;
    this.nextEnd = start.floor;
    this.series = [];
    this.texts.clear();
    this.#base = start.wall;
    this.#era = start.era;
    this.#firstSequence = start.sequence;
  }

  /** Nothing more is to be written to it. */
  get isFull(): boolean {
    return this.rows === this.capacity || this.texts.used >= MOST_TEXT;
  }

  /** What it holds in memory. */
  get bytes(): number {
    return this.capacity * ROW_BYTES + this.texts.held;
  }

  /** Wall time after which the next batch's timestamps must lie, ns. */
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
