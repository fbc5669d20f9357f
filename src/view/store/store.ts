import { randomUUID } from 'node:crypto';
import { CHUNK_ROWS } from '../shared/columns.ts';
import type { Counters, Loading, State } from '../shared/feed.ts';
import { type BodyParser, LineProtocolParser, type ParseResult } from './line-protocol/body-parser.ts';
import { type Key, parseKey } from './line-protocol/key.ts';
import type { Line } from './line-protocol/line.ts';
import { PathIndex } from './names/path-index.ts';
import { type Interned, SeriesIndex } from './names/series-index.ts';
import { ParsedKeyCache } from './parsed-key-cache.ts';
import { Ledgers } from './points/ledgers.ts';
import { Marks } from './points/marks.ts';
import { RunningRequests } from './points/open-requests.ts';
import { OtherMeasurements } from './points/other-measurements.ts';
import { type Source, sourceOf } from './points/source.ts';
import { RequestTable } from './requests/request-table.ts';
import { Ring } from './requests/ring.ts';
import { Sweep } from './sweep.ts';

/** A parsed key. */
type ParsedKey =
  | { readonly kind: 'request'; tags: Key['tags']; interned: Interned | undefined }
  | { readonly kind: 'ledger' | 'other'; readonly source: Source }
  | { readonly kind: 'problem'; readonly reason: string };

/** A body that is being parsed. */
export interface Reading {
  /** Parses until `shouldYield` returns true. Returns whether the body has been parsed completely. */
  step(shouldYield: () => boolean): boolean;
  /** The counts of the lines so far. */
  readonly result: ParseResult;
}

/** Rows between two sweeps of unused tag sets and paths. */
const ROWS_BETWEEN_SWEEPS = 4 * CHUNK_ROWS;

/** The data of the viewer, in memory: the newest requests, and other points. */
export class Store {
  /** Identifies this store. It changes when the view is restarted. */
  readonly epoch: string = randomUUID();
  readonly max: number;
  readonly rows: Ring;
  readonly series: SeriesIndex = new SeriesIndex();
  readonly texts: PathIndex = new PathIndex();
  /** The requests that are still open. */
  readonly running: RunningRequests;
  readonly marks: Marks;
  /** Whether it was filled from files or a database, and what is being read. */
  history = false;
  /** The address of a trace, with `{trace_id}`, for the page. */
  traceUrl: string | undefined;
  loading: Loading | undefined;
  readonly #requests: RequestTable;
  readonly #parser = new LineProtocolParser();
  readonly #keys = new ParsedKeyCache<ParsedKey>();
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

  /** @param clock a monotonic clock, ms */
  constructor(max: number, clock: () => number = () => performance.now()) {
    this.max = max;
    this.rows = new Ring(max);
    this.#requests = new RequestTable(this.rows, this.texts);
    this.running = new RunningRequests(clock);
    this.marks = new Marks(clock);
    this.#others = new OtherMeasurements(clock);
    this.#ledgers = new Ledgers(clock);
  }

  /** The number of sweeps of tag sets and paths. Ids may be reused after a sweep. */
  get sweeps(): number {
    return this.#sweeps;
  }

  /** Parses and stores a body of line protocol at once. `unit` is the unit of its timestamps in ns. */
  write(body: Uint8Array, unit: bigint): ParseResult {
    const reading = this.begin(body, unit);
    reading.step(() => false);
    return reading.result;
  }

  /** The same in steps, so that other bodies can be parsed in between. */
  begin(body: Uint8Array, unit: bigint): Reading {
    const result = this.#parser.begin(body, unit, BigInt(Date.now()) * 1_000_000n);
    return { result, step: (shouldYield) => this.#step(result, body.byteLength, shouldYield) };
  }

  #step(parser: BodyParser, bytes: number, shouldYield: () => boolean): boolean {
    if (!this.#makeRoom(shouldYield)) return false;
    const isRead = parser.step(this.#onLine, shouldYield);
    if (isRead) {
      this.#refused += parser.refused;
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
      loading: this.loading,
      counters: this.counters(),
      ledgers: this.#ledgers.list(),
      others: this.#others.list(),
    };
  }

  #take(line: Line): string | undefined {
    const { bytes, start, keyEnd, keyHash } = line;
    const parsedKey = this.#keys.get(keyHash, bytes, start, keyEnd) ?? this.#read(line);
    switch (parsedKey.kind) {
      case 'request': {
        if (!this.#requests.read(line)) {
          this.#notRequests++;
          return undefined;
        }
        // Interned only now, so that points that are not requests take no room.
        if (parsedKey.interned === undefined) {
          parsedKey.interned = this.series.intern(parsedKey.tags);
          parsedKey.tags = NO_TAGS;
        }
        this.#requests.add(line, parsedKey.interned.id);
        if (parsedKey.interned.limited) this.#limited++;
        return undefined;
      }
      case 'ledger':
        this.#ledgers.add(parsedKey.source, line);
        return undefined;
      case 'other':
        this.#others.add(parsedKey.source, line);
        this.marks.add(parsedKey.source, line);
        return undefined;
      case 'problem':
        return parsedKey.reason;
    }
  }

  #read(line: Line): ParsedKey {
    const { bytes, start, keyEnd, keyHash } = line;
    const parsedKey = parsedKeyOf(parseKey(bytes.subarray(start, keyEnd)));
    this.#keys.set(keyHash, bytes, start, keyEnd, parsedKey);
    return parsedKey;
  }

  /** Removes unused tag sets and paths when there is no room for new ones. Returns false if it is not done yet. */
  #makeRoom(shouldYield: () => boolean): boolean {
    if (this.#sweep === undefined) {
      if (!this.series.full && !this.texts.full) return true;
      const { firstRow, endRow } = this.rows;
      if (firstRow === 0 || endRow - this.#sweptAt < ROWS_BETWEEN_SWEEPS) return true;
      this.#sweep = new Sweep(this.rows, this.series, this.texts);
    }
    if (!this.#sweep.step(shouldYield)) return false;
    this.#sweep = undefined;
    this.#sweptAt = this.rows.endRow;
    this.#sweeps++;
    this.#keys.clear();
    return true;
  }
}

const NO_TAGS: Key['tags'] = [];

function parsedKeyOf(key: Key | string): ParsedKey {
  if (typeof key === 'string') return { kind: 'problem', reason: key };
  if (key.measurement === 'raw-requests') return { kind: 'request', tags: key.tags, interned: undefined };
  return { kind: key.measurement === 'delivery' ? 'ledger' : 'other', source: sourceOf(key) };
}
