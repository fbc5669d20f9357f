import { CHUNK_ROWS, type Chunk, TRACE_BYTES } from '../../shared/columns.ts';
import { fieldText, Kind, type Line } from '../line-protocol/line.ts';
import type { PathIndex } from '../names/path-index.ts';
import { Field, knownField } from './request-fields.ts';
import type { Ring } from './ring.ts';

/**
 * The longest duration or queue time of a request, and the longest time between its start and its end: ten years, s.
 */
export const MAX_DURATION_S = 315_576_000;
/** The first whole second since 1970 that fits into 64 bits of ns. */
const FIRST_SECOND = -9_223_372_036;
/** Up to this many seconds, ns are exact as a number. */
const EXACT_S = 9_000_000;

/**
 * Writes requests from lines into rows. A point with a value that no request can have is not a request: it cannot be
 * drawn, and its export would differ.
 */
export class RequestTable {
  readonly #rows: Ring;
  readonly #texts: PathIndex;
  // The values of the last parsed line; NaN, 0 and -1 mean "absent".
  #duration = Number.NaN;
  #early = 0;
  #firstByte = Number.NaN;
  #queueTime = Number.NaN;
  #bytesIn = -1;
  #bytesOut = -1;
  #sequence = 0;
  #slot = 0;
  #inFlight = 0;
  #connectionRequests = 0;
  #path = -1;
  #trace = -1;
  #words = new Uint32Array(0);
  #wordsOf: Chunk | undefined;

  constructor(rows: Ring, texts: PathIndex) {
    this.#rows = rows;
    this.#texts = texts;
  }

  /** Parses the fields of a line. Returns whether they are those of a request. Runs once per request. */
  read(line: Line): boolean {
    let duration = Number.NaN;
    let start = -1;
    let firstByte = Number.NaN;
    let queueTime = Number.NaN;
    let bytesIn = -1;
    let bytesOut = -1;
    let sequence = 0;
    let slot = 0;
    let inFlight = 0;
    let connectionRequests = 0;
    let path = -1;
    let trace = -1;
    for (let i = 0; i < line.fields; i++) {
      const field = knownField(line, i);
      if (field === Field.none) continue;
      const kind = line.kind[i]!;
      if (field === Field.path) {
        if (kind === Kind.text) path = i;
        continue;
      }
      if (field === Field.traceId) {
        if (kind === Kind.text) trace = i;
        continue;
      }
      if (kind !== Kind.float && kind !== Kind.integer) return false;
      const value = line.value[i]!;
      switch (field) {
        case Field.applicationTime:
          if (!(value >= 0 && value <= MAX_DURATION_S)) return false;
          duration = value + 0; // 0 instead of -0
          break;
        case Field.firstByteTime:
          if (!(value >= 0 && value <= MAX_DURATION_S)) return false;
          firstByte = value;
          break;
        case Field.queueTime:
          if (!(value >= 0 && value <= MAX_DURATION_S)) return false;
          queueTime = value;
          break;
        case Field.startTime:
          start = i;
          break;
        case Field.bytesIn:
          if (!isCount(value, MAX_BYTES)) return false;
          bytesIn = value;
          break;
        case Field.bytesOut:
          if (!isCount(value, MAX_BYTES)) return false;
          bytesOut = value;
          break;
        case Field.sequence:
          if (!isCount(value, MAX_SEQUENCE)) return false;
          sequence = value;
          break;
        case Field.slot:
          if (!isCount(value, MAX_SLOT)) return false;
          slot = value;
          break;
        case Field.inFlight:
          if (!isCount(value, MAX_SLOT)) return false;
          inFlight = value;
          break;
        case Field.connectionRequests:
          if (!isCount(value, MAX_CONNECTION_REQUESTS)) return false;
          connectionRequests = value;
          break;
      }
    }
    this.#duration = duration;
    this.#firstByte = firstByte;
    this.#queueTime = queueTime;
    this.#bytesIn = bytesIn;
    this.#bytesOut = bytesOut;
    this.#sequence = sequence;
    this.#slot = slot;
    this.#inFlight = inFlight;
    this.#connectionRequests = connectionRequests;
    this.#path = path;
    this.#trace = trace;
    return start < 0 ? this.#endsAfter(line, duration) : this.#startsAt(line, start);
  }

  /** Adds a row for the last parsed line. */
  add(line: Line, series: number): void {
    const rows = this.#rows;
    const chunk = rows.openChunk();
    const row = rows.endRow % CHUNK_ROWS;
    this.#setTime(chunk, row, line.seconds, line.nanoseconds);
    chunk.duration[row] = this.#duration;
    if (this.#early !== 0) chunk.early[row] = this.#early;
    chunk.firstByte[row] = this.#firstByte;
    if (this.#queueTime >= 0) chunk.setQueueTime(row, this.#queueTime);
    chunk.bytesIn.set(row, this.#bytesIn);
    chunk.bytesOut.set(row, this.#bytesOut);
    chunk.sequence.set(row, this.#sequence);
    chunk.series[row] = series;
    chunk.slot.set(row, this.#slot);
    chunk.inFlight.set(row, this.#inFlight);
    chunk.connectionRequests.set(row, this.#connectionRequests);
    if (this.#path >= 0) chunk.path[row] = this.#texts.intern(fieldText(line, this.#path));
    if (this.#trace >= 0) setTrace(chunk, row, line, this.#trace);
    rows.added();
  }

  /** Without `start_time`, a request started `application_time` before its end. */
  #endsAfter(line: Line, duration: number): boolean {
    this.#early = 0;
    return !Number.isNaN(duration) && line.seconds - duration > FIRST_SECOND;
  }

  /** With `start_time`, its ns are stored exactly, even if they differ from `application_time`. */
  #startsAt(line: Line, field: number): boolean {
    const isInteger = line.kind[field] === Kind.integer;
    const apart = isInteger ? line.seconds - line.high[field]! : Number.NaN;
    if (!(apart >= -1 && apart < EXACT_S)) return this.#startedLongAgo(line, field, isInteger);
    const lead = apart * 1e9 + (line.nanoseconds - line.low[field]!);
    if (lead < 0) return false;
    if (Number.isNaN(this.#duration)) this.#duration = lead / 1e9;
    this.#early = lead - Math.round(this.#duration * 1e9);
    return Number.isSafeInteger(this.#early);
  }

  /** The same for large numbers: if `start_time` is a float, or more than a hundred days before the end. */
  #startedLongAgo(line: Line, field: number, isInteger: boolean): boolean {
    if (!Number.isInteger(line.value[field])) return false;
    const end = nanoseconds(line.seconds, line.nanoseconds);
    const start = isInteger ? nanoseconds(line.high[field]!, line.low[field]!) : BigInt(line.value[field]!);
    const lead = end - start;
    if (lead < 0n || lead > MAX_DURATION_NS || start !== BigInt.asIntN(64, start)) return false;
    if (Number.isNaN(this.#duration)) this.#duration = Number(lead) / 1e9;
    this.#early = Number(lead - BigInt(Math.round(this.#duration * 1e9)));
    return Number.isSafeInteger(this.#early);
  }

  /** Writes `seconds * 1e9 + nanoseconds` as 64 bits. A BigInt per row would take most of the time. */
  #setTime(chunk: Chunk, row: number, seconds: number, nanos: number): void {
    if (seconds < 0) {
      chunk.timestamp[row] = nanoseconds(seconds, nanos);
      return;
    }
    if (this.#wordsOf !== chunk) {
      this.#words = new Uint32Array(chunk.buffer, chunk.timestamp.byteOffset, 2 * CHUNK_ROWS);
      this.#wordsOf = chunk;
    }
    const lowSeconds = seconds % 65_536;
    const low = lowSeconds * 1e9 + nanos;
    const high = ((seconds - lowSeconds) / 65_536) * 1e9;
    const word = (high % 65_536) * 65_536 + (low % 4_294_967_296);
    this.#words[2 * row] = word % 4_294_967_296;
    this.#words[2 * row + 1] =
      Math.floor(high / 65_536) + Math.floor(low / 4_294_967_296) + Math.floor(word / 4_294_967_296);
  }
}

const MAX_DURATION_NS = BigInt(MAX_DURATION_S) * 1_000_000_000n;
/** The limits of the columns. */
const MAX_BYTES = 2 ** 48 - 2;
const MAX_SEQUENCE = 2 ** 48 - 1;
const MAX_SLOT = 2 ** 24 - 1;
const MAX_CONNECTION_REQUESTS = 2 ** 32 - 1;

function isCount(value: number, max: number): boolean {
  return value >= 0 && value <= max && Math.floor(value) === value;
}

function nanoseconds(seconds: number, nanos: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

/** Stores a trace id of 32 hexadecimal digits. Others are ignored. */
function setTrace(chunk: Chunk, row: number, { bytes, valueStart, valueEnd }: Line, field: number): void {
  const start = valueStart[field]!;
  if (valueEnd[field]! - start !== 2 * TRACE_BYTES) return;
  const target = row * TRACE_BYTES;
  for (let i = 0; i < TRACE_BYTES; i++) {
    const high = hex(bytes[start + 2 * i]!);
    const low = hex(bytes[start + 2 * i + 1]!);
    if (high < 0 || low < 0) {
      chunk.trace.fill(0, target, target + TRACE_BYTES);
      return;
    }
    chunk.trace[target + i] = high * 16 + low;
  }
}

function hex(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const letter = c | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
