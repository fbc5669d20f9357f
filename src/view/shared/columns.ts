// The columns of requests, which the viewer's server stores, the feed transfers and the page draws. This file depends
// neither on Node nor on a browser.

import { WideColumn } from './wide-column.ts';

/** Rows of a chunk. The store allocates and evicts whole chunks. */
export const CHUNK_ROWS = 8192;

/** Bytes of a trace id. */
export const TRACE_BYTES = 16;

/** Bytes of one row over all columns. */
export const ROW_BYTES: number = 3 * 8 + 7 * 4 + 7 * 2 + 2 + TRACE_BYTES;

export const CHUNK_BYTES: number = CHUNK_ROWS * ROW_BYTES;

/** Up to {@link CHUNK_ROWS} requests, as consecutive columns in one buffer. */
export class Chunk {
  readonly buffer: ArrayBuffer;
  /** End of the request, ns since 1970. */
  readonly timestamp: BigInt64Array;
  /** The ns by which the request started before `timestamp - duration`. Nearly always 0: see {@link leadOf}. */
  readonly early: Float64Array;
  /** application_time, s. */
  readonly duration: Float64Array;
  /** s; NaN if not known. */
  readonly firstByte: Float32Array;
  /** Time waited in front of the process, s; 0 if not known: see {@link queueTimeOf}. */
  readonly queued: Float32Array;
  /** -1 if not known. */
  readonly bytesIn: WideColumn;
  readonly bytesOut: WideColumn;
  /** From 1; 0 if not known. */
  readonly sequence: WideColumn;
  /** Id of the tag set. */
  readonly series: Uint32Array;
  /** Id of the path's text; 0 if not known. */
  readonly path: Uint32Array;
  /** From 1; 0 if not known. */
  readonly slot: WideColumn;
  /** From 1; 0 if not known. */
  readonly inFlight: WideColumn;
  /** From 1; 0 if not known. */
  readonly connectionRequests: WideColumn;
  /** {@link TRACE_BYTES} each; all zero if not known. */
  readonly trace: Uint8Array;

  /** @param buffer the chunk uses {@link CHUNK_BYTES} from `start` on, which must be 0 */
  constructor(buffer: ArrayBuffer = new ArrayBuffer(CHUNK_BYTES), start: number = 0) {
    this.buffer = buffer;
    let offset = start;
    const take = (bytesPerRow: number) => {
      const column = offset;
      offset += CHUNK_ROWS * bytesPerRow;
      return column;
    };
    const words = () => new Uint32Array(buffer, take(4), CHUNK_ROWS);
    const halves = () => new Uint16Array(buffer, take(2), CHUNK_ROWS);
    const bytes = () => new Uint8Array(buffer, take(1), CHUNK_ROWS);
    this.timestamp = new BigInt64Array(buffer, take(8), CHUNK_ROWS);
    this.early = new Float64Array(buffer, take(8), CHUNK_ROWS);
    this.duration = new Float64Array(buffer, take(8), CHUNK_ROWS);
    this.firstByte = new Float32Array(buffer, take(4), CHUNK_ROWS);
    this.queued = new Float32Array(buffer, take(4), CHUNK_ROWS);
    this.series = words();
    this.path = words();
    this.bytesIn = new WideColumn(words(), halves(), -1);
    this.bytesOut = new WideColumn(words(), halves(), -1);
    this.sequence = new WideColumn(words(), halves(), 0);
    this.slot = new WideColumn(halves(), bytes(), 0);
    this.inFlight = new WideColumn(halves(), bytes(), 0);
    this.connectionRequests = new WideColumn(halves(), halves(), 0);
    this.trace = new Uint8Array(buffer, take(TRACE_BYTES), CHUNK_ROWS * TRACE_BYTES);
  }

  /**
   * The ns from the start of the request at `index` to its end. Above 104 days, rounded to the precision of a number.
   */
  leadOf(index: number): number {
    return Math.round(this.duration[index]! * 1e9) + this.early[index]!;
  }

  /** Start of the request at `index`, ns since 1970, exactly. */
  startOf(index: number): bigint {
    const beforeEnd = BigInt(Math.round(this.duration[index]! * 1e9)) + BigInt(this.early[index]!);
    return this.timestamp[index]! - beforeEnd;
  }

  /** s; NaN if not known. */
  queueTimeOf(index: number): number {
    const queued = this.queued[index]!;
    return queued === 0 ? Number.NaN : Math.max(0, queued);
  }

  setQueueTime(index: number, seconds: number): void {
    // 0 means "not known", so that the column is not written, and takes no memory, without queue times.
    this.queued[index] = Math.fround(seconds) || -1;
  }

  /** The columns in order, each with its elements per row. */
  get columns(): readonly { readonly values: ColumnValues; readonly perRow: number }[] {
    const one = [
      this.timestamp,
      this.early,
      this.duration,
      this.firstByte,
      this.queued,
      this.series,
      this.path,
      ...this.#wide.flatMap(({ low, high }) => [low, high]),
    ];
    return [...one.map((values) => ({ values, perRow: 1 })), { values: this.trace, perRow: TRACE_BYTES }];
  }

  /** The columns that are not written for every row. */
  get seldom(): readonly ColumnValues[] {
    return [this.early, this.queued, this.path, this.trace, ...this.#wide.map(({ high }) => high)];
  }

  get #wide(): readonly WideColumn[] {
    return [this.bytesIn, this.bytesOut, this.sequence, this.slot, this.inFlight, this.connectionRequests];
  }
}

export type ColumnValues =
  | BigInt64Array
  | Float64Array
  | Float32Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;
