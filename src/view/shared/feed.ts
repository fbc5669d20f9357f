// The feed from the server to a page: one response without an end, as frames of a type, a length and a payload.
//
//   GET feed?epoch=E&row=N    from row N on, if the server still has epoch E; else all rows of the store
//
// The first frame is `hello`. Series and texts precede the rows that use them. `state` is sent at least once a second,
// so silence means that the server is gone.

import type { OpenRequests } from '../../record/open-requests.ts';
import { CHUNK_ROWS, type Chunk } from './columns.ts';

export const FRAME_HEADER_BYTES = 8;

export const FrameType = {
  /** JSON: {@link Hello} */
  hello: 1,
  /** JSON: {@link Series}[] */
  series: 2,
  /** JSON: [id, text][] */
  texts: 3,
  /** Binary: see {@link encodeRows} */
  rows: 4,
  /** JSON: {@link State} */
  state: 5,
  /** JSON: {@link Running}[], which replaces the one before */
  running: 6,
  /** JSON: {@link Mark}[], in addition to those before */
  marks: 7,
} as const;

export interface Hello {
  /** Identifies the server. When it changes, all earlier data is invalid. */
  readonly epoch: string;
  readonly version: string;
  /** The most requests that the server stores. */
  readonly max: number;
  /** The row that the first `rows` frame begins with. */
  readonly row: number;
  /** The view was started to show files or a database: the page begins with all of it. */
  readonly history?: boolean;
  /** The address of a trace, with `{trace_id}`. */
  readonly traceUrl?: string | undefined;
}

/** A tag set; requests refer to it by its id. */
export interface Series {
  readonly id: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface State {
  /** Wall time of the server, ms since 1970. */
  readonly now: number;
  readonly counters: Counters;
  /** What is being read from files or a database. */
  readonly loading?: Loading | undefined;
  /** The newest ledger of each process that reports one. */
  readonly ledgers: readonly Ledger[];
  /** Points of other measurements, by their first numeric field. */
  readonly others: readonly Other[];
}

/** What is read into a view before it shows what comes. */
export interface Loading {
  /** The name of the file or of the database. */
  readonly name: string;
  /** Bytes or requests read, and in all. */
  readonly done: number;
  readonly total: number;
}

/** In requests, since the server started: `received = kept + evicted`. */
export interface Counters {
  readonly received: number;
  readonly kept: number;
  readonly evicted: number;
  /** Lines that were refused, of any measurement. */
  readonly refused: number;
  /** Number of the oldest row in the store. Rows are numbered from 0. */
  readonly firstRow: number;
  /** Points of `raw-requests` without a duration, or with a value that no request can have. */
  readonly notRequests: number;
  /** Requests that lost tags because of a limit. */
  readonly limited?: number;
  /** Points of other measurements. */
  readonly otherPoints: number;
  /** Bytes of line protocol, uncompressed. */
  readonly bytes: number;
}

export interface Ledger {
  readonly tags: Readonly<Record<string, string>>;
  /** ms since 1970 */
  readonly at: number;
  /** recorded, acknowledged, queued ... */
  readonly fields: Readonly<Record<string, number>>;
}

export interface Other {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly field: string;
  /** The newest points, oldest first: ms since 1970, value. */
  readonly points: readonly (readonly [number, number])[];
}

/** What explains a part of the axis of time. */
export interface Mark {
  /** Marks are numbered from 0. */
  readonly number: number;
  /** `blocked`: the event loop, for {@link seconds} at some time between {@link from} and {@link at}. */
  readonly kind: 'blocked' | 'start' | 'stop';
  readonly tags: Readonly<Record<string, string>>;
  /** ms since 1970. */
  readonly from: number;
  readonly at: number;
  readonly seconds: number;
  readonly text: string;
}

/** The requests of a process that have been open for a while, by its newest list. */
export interface Running extends OpenRequests {
  readonly tags: Readonly<Record<string, string>>;
  /** Wall time of the server when it received the list, ms since 1970. */
  readonly receivedMs: number;
}

/** A frame of JSON. */
export function encodeJson(type: number, content: unknown): Uint8Array {
  return encodeFrame(type, new TextEncoder().encode(JSON.stringify(content)));
}

function encodeFrame(type: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.byteLength);
  const header = new DataView(frame.buffer);
  header.setUint32(0, type, true);
  header.setUint32(4, payload.byteLength, true);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** Payload of `rows`: number of the first row (float64), number of rows (uint32), 4 unused bytes, then the columns. */
const ROWS_HEADER_BYTES = 16;

/** A frame with the rows `from` to `to` (exclusive) of a chunk. The first one has the number `row`. */
export function encodeRows(chunk: Chunk, from: number, to: number, row: number): Uint8Array {
  const parts = chunk.columns.map(({ values, perRow }) => {
    const part = values.subarray(from * perRow, to * perRow);
    return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  });
  const payload = new Uint8Array(parts.reduce((bytes, part) => bytes + part.byteLength, ROWS_HEADER_BYTES));
  const header = new DataView(payload.buffer);
  header.setFloat64(0, row, true);
  header.setUint32(8, to - from, true);
  let offset = ROWS_HEADER_BYTES;
  for (const part of parts) {
    payload.set(part, offset);
    offset += part.byteLength;
  }
  return encodeFrame(FrameType.rows, payload);
}

/** The number of the first row of a `rows` frame, and the number of rows. */
export function rowsOf(payload: Uint8Array): { row: number; count: number } {
  const header = new DataView(payload.buffer, payload.byteOffset);
  return { row: header.getFloat64(0, true), count: header.getUint32(8, true) };
}

/**
 * Copies the rows of a `rows` frame into `chunk`, from its row `at` on. A frame never exceeds a chunk: row n is
 * always row n % CHUNK_ROWS of its chunk.
 */
export function decodeRows(payload: Uint8Array, chunk: Chunk, at: number): void {
  const { count } = rowsOf(payload);
  let offset = ROWS_HEADER_BYTES;
  for (const { values, perRow } of chunk.columns) {
    const width = values.BYTES_PER_ELEMENT * perRow;
    const target = new Uint8Array(chunk.buffer, values.byteOffset, CHUNK_ROWS * width);
    target.set(payload.subarray(offset, offset + count * width), at * width);
    offset += count * width;
  }
}

/** Splits a stream of bytes into frames. */
export class FrameReader {
  #rest = new Uint8Array(0);

  /** The frames that are complete after `bytes`. */
  *read(bytes: Uint8Array): Generator<{ type: number; payload: Uint8Array }> {
    let data = bytes;
    if (this.#rest.byteLength > 0) {
      data = new Uint8Array(this.#rest.byteLength + bytes.byteLength);
      data.set(this.#rest);
      data.set(bytes, this.#rest.byteLength);
    }
    let offset = 0;
    const header = new DataView(data.buffer, data.byteOffset, data.byteLength);
    while (data.byteLength - offset >= FRAME_HEADER_BYTES) {
      const end = offset + FRAME_HEADER_BYTES + header.getUint32(offset + 4, true);
      if (end > data.byteLength) break;
      yield {
        type: header.getUint32(offset, true),
        payload: data.subarray(offset + FRAME_HEADER_BYTES, end),
      };
      offset = end;
    }
    this.#rest = data.slice(offset);
  }
}

/** The content of a frame of JSON. */
export function decodeJson<T>(payload: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(payload)) as T;
}
