import { randomUUID } from 'node:crypto';
import { CHUNK_ROWS } from '../shared/columns.ts';
import type { Counters, State } from '../shared/feed.ts';
import { type BodyParser, LineProtocolParser, type ParseResult } from './line-protocol/body-parser.ts';
import { type Key, parseKey } from './line-protocol/key.ts';
import type { Line } from './line-protocol/line.ts';
import { PathIndex } from './names/path-index.ts';
import { type Interned, SeriesIndex } from './names/series-index.ts';
import { ParsedKeyCache } from './parsed-key-cache.ts';
import { Ledgers } from './points/ledgers.ts';
import { OtherMeasurements } from './points/other-measurements.ts';
import { type Source, sourceOf } from './points/source.ts';
import { RequestTable } from './requests/request-table.ts';
import { Ring } from './requests/ring.ts';
import { Sweep } from './sweep.ts';

/** What a key stands for, once it was read. */
type Meaning =
  | { readonly kind: 'request'; tags: Key['tags']; interned: Interned | undefined }
  | { readonly kind: 'ledger' | 'other'; readonly source: Source }
  | { readonly kind: 'problem'; readonly reason: string };

/** A body that is being read. */
export interface Reading {
  /** Reads on, until `isOver` says that it is enough for now; returns whether the body has been read to its end. */
  step(isOver: () => boolean): boolean;
  /** What became of the lines that were read. */
  readonly scanned: ParseResult;
}

/** Rows between two searches for tag sets and paths that are no longer used. */
const ROWS_BETWEEN_SWEEPS = 4 * CHUNK_ROWS;

/** All that the viewer knows, in memory: the newest requests, and what else was written. */
export class Store {
  /** Tells this store from one before it. */
  readonly epoch: string = randomUUID();
  readonly max: number;
  readonly rows: Ring;
  readonly series: SeriesIndex = new SeriesIndex();
  readonly texts: PathIndex = new PathIndex();
  readonly #requests: RequestTable;
  readonly #parser = new LineProtocolParser();
  readonly #meanings = new ParsedKeyCache<Meaning>();
  readonly #others: OtherMeasurements;
  readonly #ledgers: Ledgers;
  readonly #onLine = (line: Line): string | undefined => this.#take(line);
  #refused = 0;
  #limited = 0;
  #notRequests = 0;
  #bytes = 0;
  #sweptAt = 0;
  #sweep: Sweep | undefined;
  #sweeps = 0;

  /** @param clock ms of a clock that never goes back */
  constructor(max: number, clock: () => number = () => performance.now()) {
    this.max = max;
    this.rows = new Ring(max);
    this.#requests = new RequestTable(this.rows, this.texts);
    this.#others = new OtherMeasurements(clock);
    this.#ledgers = new Ledgers(clock);
  }

  /** How often tag sets and paths were forgotten: their numbers may mean others since. */
  get sweeps(): number {
    return this.#sweeps;
  }

  /** Takes the points of a body of line protocol at once; `unit` is that of their timestamps in ns. */
  write(body: Uint8Array, unit: bigint): ParseResult {
    const reading = this.begin(body, unit);
    reading.step(() => false);
    return reading.scanned;
  }

  /** The same in steps, between which other bodies may be read. */
  begin(body: Uint8Array, unit: bigint): Reading {
    const scanned = this.#parser.begin(body, unit, BigInt(Date.now()) * 1_000_000n);
    return { scanned, step: (isOver) => this.#step(scanned, body.byteLength, isOver) };
  }

  #step(scan: BodyParser, bytes: number, isOver: () => boolean): boolean {
    if (!this.#makeRoom(isOver)) return false;
    const isRead = scan.step(this.#onLine, isOver);
    if (isRead) {
      this.#refused += scan.refused;
      this.#bytes += bytes;
    }
    return isRead;
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
      notRequests: this.#notRequests,
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
      case 'request': {
        if (!this.#requests.read(line)) {
          this.#notRequests++;
          return undefined;
        }
        // Not before it is one: what is none takes no room of those that are.
        if (meaning.interned === undefined) {
          meaning.interned = this.series.intern(meaning.tags);
          meaning.tags = NO_TAGS;
        }
        this.#requests.add(line, meaning.interned.id);
        if (meaning.interned.limited) this.#limited++;
        return undefined;
      }
      case 'ledger':
        this.#ledgers.add(meaning.source, line);
        return undefined;
      case 'other':
        this.#others.add(meaning.source, line);
        return undefined;
      case 'problem':
        return meaning.reason;
    }
  }

  #read(line: Line): Meaning {
    const { bytes, start, keyEnd, keyHash } = line;
    const meaning = meaningOf(parseKey(bytes.subarray(start, keyEnd)));
    this.#meanings.set(keyHash, bytes, start, keyEnd, meaning);
    return meaning;
  }

  /** Forgets tag sets and paths that no row uses, when there is no room for new ones; returns false if it is not done. */
  #makeRoom(isOver: () => boolean): boolean {
    if (this.#sweep === undefined) {
      if (!this.series.full && !this.texts.full) return true;
      const { firstRow, endRow } = this.rows;
      if (firstRow === 0 || endRow - this.#sweptAt < ROWS_BETWEEN_SWEEPS) return true;
      this.#sweep = new Sweep(this.rows, this.series, this.texts);
    }
    if (!this.#sweep.step(isOver)) return false;
    this.#sweep = undefined;
    this.#sweptAt = this.rows.endRow;
    this.#sweeps++;
    this.#meanings.clear();
    return true;
  }
}

const NO_TAGS: Key['tags'] = [];

function meaningOf(key: Key | string): Meaning {
  if (typeof key === 'string') return { kind: 'problem', reason: key };
  if (key.measurement === 'raw-requests') return { kind: 'request', tags: key.tags, interned: undefined };
  return { kind: key.measurement === 'delivery' ? 'ledger' : 'other', source: sourceOf(key) };
}
