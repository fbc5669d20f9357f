import { randomUUID } from 'node:crypto';
import { ABSENT, CHUNK_ROWS, type Chunk, TRACE_BYTES } from '../shared/columns.ts';
import type { Counters, State } from '../shared/feed.ts';
import {
  fieldText,
  type Key,
  Kind,
  type Line,
  LineScanner,
  parseKey,
  type Scanned,
} from './line-protocol.ts';
import { Ledgers, Others } from './other-measurements.ts';
import { KeyCache } from './parsed-key-cache.ts';
import { TextBook } from './path-index.ts';
import { Field, knownField } from './request-fields.ts';
import { Ring } from './ring.ts';
import { SeriesBook } from './series-index.ts';

/** What a key stands for, once it was read. */
type Meaning =
  | { readonly kind: 'request'; readonly series: number; readonly limited: boolean }
  | { readonly kind: 'ledger' | 'other'; readonly key: Key }
  | { readonly kind: 'problem'; readonly reason: string };

/** Rows between two searches for tag sets and texts that are no longer used: one takes some milliseconds. */
const ROWS_BETWEEN_SWEEPS = 4 * CHUNK_ROWS;
const MOST_BYTES = ABSENT - 1;

/** All that the viewer knows, in memory: the newest requests, and what else was written. */
export class Store {
  /** Tells this store from one before it. */
  readonly epoch: string = randomUUID();
  readonly max: number;
  readonly rows: Ring;
  readonly series: SeriesBook = new SeriesBook();
  readonly texts: TextBook = new TextBook();
  readonly #scanner = new LineScanner();
  readonly #meanings = new KeyCache<Meaning>();
  readonly #others = new Others();
  readonly #ledgers = new Ledgers();
  readonly #onLine = (line: Line): string | undefined => this.#take(line);
  #refused = 0;
  #limited = 0;
  #bytes = 0;
  #sweptAt = 0;
  #words = new Uint32Array(0);
  #wordsOf: Chunk | undefined;

  constructor(max: number) {
    this.max = max;
    this.rows = new Ring(max);
  }

  /** Takes the points of a body of line protocol; `unit` is that of their timestamps in ns. */
  write(body: Uint8Array, unit: bigint): Scanned {
    this.#sweep();
    const scanned = this.#scanner.scan(body, unit, BigInt(Date.now()) * 1_000_000n, this.#onLine);
    this.#refused += scanned.refused;
    this.#bytes += body.byteLength;
    return scanned;
  }

  counters(): Counters {
    const { firstRow, endRow } = this.rows;
    return {
      received: endRow,
      kept: endRow - firstRow,
      evicted: firstRow,
      refused: this.#refused,
      firstRow,
      limited: this.#limited,
      otherPoints: this.#others.points,
      bytes: this.#bytes,
    };
  }

  state(): State {
    return {
      now: Date.now(),
      counters: this.counters(),
      ledgers: this.#ledgers.list(),
      others: this.#others.list(),
    };
  }

  #take(line: Line): string | undefined {
    const { bytes, start, keyEnd, keyHash } = line;
    const meaning = this.#meanings.get(keyHash, bytes, start, keyEnd) ?? this.#read(line);
    switch (meaning.kind) {
      case 'request':
        if (!this.#addRequest(line, meaning.series)) this.#others.add(keyOf(line) as Key, line);
        else if (meaning.limited) this.#limited++;
        return undefined;
      case 'ledger':
        this.#ledgers.add(meaning.key, line);
        return undefined;
      case 'other':
        this.#others.add(meaning.key, line);
        return undefined;
      case 'problem':
        return meaning.reason;
    }
  }

  #read(line: Line): Meaning {
    const { bytes, start, keyEnd, keyHash } = line;
    const key = keyOf(line);
    const meaning = typeof key === 'string' ? ({ kind: 'problem', reason: key } as const) : this.#judge(key);
    this.#meanings.set(keyHash, bytes, start, keyEnd, meaning);
    return meaning;
  }

  #judge(key: Key): Meaning {
    if (key.measurement === 'delivery') return { kind: 'ledger', key };
    if (key.measurement !== 'raw-requests') return { kind: 'other', key };
    const { id, limited } = this.series.intern(key.tags);
    return { kind: 'request', series: id, limited };
  }

  // Runs once per request. A point without any duration is no request.
  #addRequest(line: Line, series: number): boolean {
    let duration = Number.NaN;
    let lead = Number.NaN;
    let firstByte = Number.NaN;
    let queueTime = Number.NaN;
    let bytesIn = ABSENT;
    let bytesOut = ABSENT;
    let sequence = 0;
    let slot = 0;
    let inFlight = 0;
    let path = -1;
    let trace = -1;
    for (let i = 0; i < line.fields; i++) {
      const isText = line.kind[i] === Kind.text;
      const value = isText ? Number.NaN : line.value[i]!;
      switch (knownField(line, i)) {
        case Field.applicationTime:
          duration = value;
          break;
        case Field.startTime:
          if (line.kind[i] === Kind.integer) {
            lead = (line.seconds - line.high[i]!) * 1e9 + (line.nanoseconds - line.low[i]!);
          }
          break;
        case Field.firstByteTime:
          firstByte = value;
          break;
        case Field.queueTime:
          queueTime = value;
          break;
        case Field.bytesIn:
          bytesIn = within(value, MOST_BYTES, ABSENT);
          break;
        case Field.bytesOut:
          bytesOut = within(value, MOST_BYTES, ABSENT);
          break;
        case Field.sequence:
          sequence = within(value, ABSENT, 0);
          break;
        case Field.slot:
          slot = within(value, 0xffff, 0);
          break;
        case Field.inFlight:
          inFlight = within(value, 0xffff, 0);
          break;
        case Field.path:
          if (isText) path = i;
          break;
        case Field.traceId:
          if (isText) trace = i;
          break;
      }
    }
    if (Number.isNaN(duration)) {
      if (Number.isNaN(lead)) return false;
      duration = lead / 1e9;
    } else if (Number.isNaN(lead)) lead = duration * 1e9;

    const chunk = this.rows.openChunk();
    const row = this.rows.endRow % CHUNK_ROWS;
    this.#setTime(chunk, row, line.seconds, line.nanoseconds);
    chunk.duration[row] = duration;
    const early = Math.max(0, Math.round(lead)) - Math.round(duration * 1e9);
    if (early !== 0) chunk.early[row] = early;
    chunk.firstByte[row] = firstByte;
    if (queueTime >= 0) chunk.queued[row] = Math.min(Math.round(queueTime * 1e6) + 1, ABSENT);
    chunk.bytesIn[row] = bytesIn;
    chunk.bytesOut[row] = bytesOut;
    chunk.sequence[row] = sequence;
    chunk.series[row] = series;
    chunk.slot[row] = slot;
    chunk.inFlight[row] = inFlight;
    if (path >= 0) chunk.path[row] = this.texts.intern(fieldText(line, path));
    if (trace >= 0) setTrace(chunk, row, line, trace);
    this.rows.added();
    return true;
  }

  /** Writes `seconds * 1e9 + nanoseconds` as 64 bits: a BigInt for each row would take most of the time. */
  #setTime(chunk: Chunk, row: number, seconds: number, nanoseconds: number): void {
    if (seconds < 0) {
      chunk.timestamp[row] = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
      return;
    }
    if (this.#wordsOf !== chunk) {
      this.#words = new Uint32Array(chunk.buffer, chunk.timestamp.byteOffset, 2 * CHUNK_ROWS);
      this.#wordsOf = chunk;
    }
    const lowSeconds = seconds % 65_536;
    const low = lowSeconds * 1e9 + nanoseconds;
    const high = ((seconds - lowSeconds) / 65_536) * 1e9;
    const word = (high % 65_536) * 65_536 + (low % 4_294_967_296);
    this.#words[2 * row] = word % 4_294_967_296;
    this.#words[2 * row + 1] =
      Math.floor(high / 65_536) + Math.floor(low / 4_294_967_296) + Math.floor(word / 4_294_967_296);
  }

  /** Makes room for new tag sets and texts where rows that used the old ones are gone. */
  #sweep(): void {
    if (!this.series.full && !this.texts.full) return;
    const { firstRow, endRow } = this.rows;
    if (firstRow === 0 || endRow - this.#sweptAt < ROWS_BETWEEN_SWEEPS) return;
    this.#sweptAt = endRow;
    const series = new Uint8Array(this.series.nextId);
    const texts = new Uint8Array(this.texts.nextId);
    for (const { chunk, count } of this.rows) {
      for (let row = 0; row < count; row++) {
        series[chunk.series[row]!] = 1;
        texts[chunk.path[row]!] = 1;
      }
    }
    this.series.forget((id) => series[id] === 1);
    this.texts.forget((id) => texts[id] === 1);
    this.#meanings.clear();
  }
}

function keyOf({ bytes, start, keyEnd }: Line): Key | string {
  return parseKey(bytes.subarray(start, keyEnd));
}

function within(value: number, most: number, absent: number): number {
  return value >= 0 ? Math.min(Math.trunc(value), most) : absent;
}

/** 32 hexadecimal digits; anything else is not kept. */
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
