// What the viewer's server keeps of a request and its page draws: the same columns on both sides, and on the way
// between them. Nothing here knows Node or a browser.

/** Rows of a chunk. The store grows, is sent and forgets by whole chunks. */
export const CHUNK_ROWS = 8192;

/** Stands for "not known" in columns of unsigned 32-bit integers. */
export const ABSENT = 0xffffffff;

/** Bytes of a trace id. */
export const TRACE_BYTES = 16;

/** Bytes of one row over all columns. */
export const ROW_BYTES: number = 3 * 8 + 7 * 4 + 2 * 2 + TRACE_BYTES;

export const CHUNK_BYTES: number = CHUNK_ROWS * ROW_BYTES;

/** Up to {@link CHUNK_ROWS} requests, a column after the other in one buffer. */
export class Chunk {
  readonly buffer: ArrayBuffer;
  /** End of the request, ns since 1970, as it was written. */
  readonly timestamp: BigInt64Array;
  /** By how many ns the request started before `timestamp - duration`. Nearly always 0: see {@link leadOf}. */
  readonly early: Float64Array;
  /** application_time, s. */
  readonly duration: Float64Array;
  /** s; NaN if not known. */
  readonly firstByte: Float32Array;
  /** Waited in front of the process, us plus 1; 0 if not known: see {@link queueTimeOf}. */
  readonly queued: Uint32Array;
  /** {@link ABSENT} if not known; more than 4 GiB counts as 4 GiB. */
  readonly bytesIn: Uint32Array;
  readonly bytesOut: Uint32Array;
  /** From 1; 0 if not known. */
  readonly sequence: Uint32Array;
  /** Id of the tag set. */
  readonly series: Uint32Array;
  /** Id of the path's text; 0 if not known. */
  readonly path: Uint32Array;
  /** From 1; 0 if not known. */
  readonly slot: Uint16Array;
  /** From 1; 0 if not known. */
  readonly inFlight: Uint16Array;
  /** {@link TRACE_BYTES} each; all zero if not known. */
  readonly trace: Uint8Array;

  /** @param buffer of which {@link CHUNK_BYTES} from `start` on become the chunk's, all of them 0 */
  constructor(buffer: ArrayBuffer = new ArrayBuffer(CHUNK_BYTES), start: number = 0) {
    this.buffer = buffer;
    let offset = start;
    const take = (bytesPerRow: number) => {
      const column = offset;
      offset += CHUNK_ROWS * bytesPerRow;
      return column;
    };
    this.timestamp = new BigInt64Array(this.buffer, take(8), CHUNK_ROWS);
    this.early = new Float64Array(this.buffer, take(8), CHUNK_ROWS);
    this.duration = new Float64Array(this.buffer, take(8), CHUNK_ROWS);
    this.firstByte = new Float32Array(this.buffer, take(4), CHUNK_ROWS);
    this.queued = new Uint32Array(this.buffer, take(4), CHUNK_ROWS);
    this.bytesIn = new Uint32Array(this.buffer, take(4), CHUNK_ROWS);
    this.bytesOut = new Uint32Array(this.buffer, take(4), CHUNK_ROWS);
    this.sequence = new Uint32Array(this.buffer, take(4), CHUNK_ROWS);
    this.series = new Uint32Array(this.buffer, take(4), CHUNK_ROWS);
    this.path = new Uint32Array(this.buffer, take(4), CHUNK_ROWS);
    this.slot = new Uint16Array(this.buffer, take(2), CHUNK_ROWS);
    this.inFlight = new Uint16Array(this.buffer, take(2), CHUNK_ROWS);
    this.trace = new Uint8Array(this.buffer, take(TRACE_BYTES), CHUNK_ROWS * TRACE_BYTES);
  }

  /** Start of the request at `index`, ns before its end. */
  leadOf(index: number): number {
    return Math.round(this.duration[index]! * 1e9) + this.early[index]!;
  }

  /** s, to the us, 71 minutes at most; NaN if not known. */
  queueTimeOf(index: number): number {
    const queued = this.queued[index]!;
    return queued === 0 ? Number.NaN : (queued - 1) / 1e6;
  }

  /** The columns in their order, each with its elements per row. */
  get columns(): readonly { readonly values: ColumnValues; readonly perRow: number }[] {
    const one = [
      this.timestamp,
      this.early,
      this.duration,
      this.firstByte,
      this.queued,
      this.bytesIn,
      this.bytesOut,
      this.sequence,
      this.series,
      this.path,
      this.slot,
      this.inFlight,
    ];
    return [...one.map((values) => ({ values, perRow: 1 })), { values: this.trace, perRow: TRACE_BYTES }];
  }
}

export type ColumnValues =
  | BigInt64Array
  | Float64Array
  | Float32Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;
