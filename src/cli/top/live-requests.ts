import type { Connection, FeedHandler } from '../../view/page/data/feed-client.ts';
import type { Figures } from '../../view/page/data/figures/figures.ts';
import { compile, type Matcher, NO_FILTER } from '../../view/page/data/filter.ts';
import { Rows } from '../../view/page/data/rows.ts';
import type { Span } from '../../view/page/data/scale.ts';
import { type Summary, summarise } from '../../view/page/data/summary.ts';
import { TagSets } from '../../view/page/data/tags.ts';
import { diagnose } from '../../view/page/diagnosis/diagnose.ts';
import { blockedIn, collect } from '../../view/page/diagnosis/facts.ts';
import { endpointName, type Finding } from '../../view/page/diagnosis/finding.ts';
import { type OpenNow, openNow } from '../../view/page/running/running.ts';
import { SHORTEST_BLOCK_S } from '../../view/page/stalls/band.ts';
import { bandsOf } from '../../view/page/stalls/band-of.ts';
import type { Mark, Running, State } from '../../view/shared/feed.ts';
import { type InFlight, inFlight } from './in-flight.ts';

/** The figures of a time span that ends now. Times are in s unless said otherwise. */
export interface Snapshot {
  readonly connection: Connection;
  /** The clock of the view, ms since 1970. */
  readonly wallMs: number;
  readonly windowMs: number;
  readonly total: Figures;
  readonly routes: readonly RouteFigures[];
  /** By process, and thread if it is not the main one. */
  readonly inFlight: readonly InFlight[];
  readonly open: readonly OpenNow[];
  readonly findings: readonly Finding[];
  /** Requests that the view has removed because its memory was full. */
  readonly evicted: number;
}

export interface RouteFigures {
  readonly name: string;
  readonly figures: Figures;
}

/** The view waits at most this long for the last requests of a span, ms. Older rows are removed. */
const LATE_MS = 30_000;
const BUCKETS = 10;

/** The requests of a view, as its feed tells them. */
export class LiveRequests implements FeedHandler {
  readonly #keptMs: number;
  #rows = new Rows(Date.now());
  #sets = new TagSets();
  #texts = new Map<number, string>();
  #running: readonly Running[] = [];
  #marks: Mark[] = [];
  #state: State | undefined;
  #stateAt = 0;
  #connection: Connection = { state: 'connecting' };

  /** @param keptMs the longest span that is asked for */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** Whether all that the view held has arrived. */
  get isComplete(): boolean {
    if (this.#state === undefined) return false;
    const { firstRow, kept } = this.#state.counters;
    return kept === 0 || this.#rows.next >= firstRow + kept;
  }

  snapshot(windowMs: number, text: string): Snapshot {
    const wallMs = this.#wallNow();
    const to = wallMs - this.#rows.baseMs;
    const span = { from: to - windowMs, to };
    const matcher = compile({ values: {}, text }, this.#sets, this.#texts);
    const summary = this.#summary(span, matcher);
    const open = openNow(this.#running, wallMs, NO_FILTER);
    return {
      connection: this.#connection,
      wallMs,
      windowMs,
      total: summary.total,
      routes: [...summary.endpoints].map(([endpoint, figures]) => ({
        name: endpointName(this.#sets.endpoints.names[endpoint]!),
        figures,
      })),
      inFlight: inFlight(this.#rows, this.#sets, span, matcher),
      open,
      findings: this.#findings(span, open),
      evicted: this.#state?.counters.evicted ?? 0,
    };
  }

  hello({ row }: { row: number }, fresh: boolean): void {
    if (!fresh) return;
    this.#rows.clear(row);
    this.#sets = new TagSets();
    this.#texts = new Map();
    this.#marks = [];
    this.#state = undefined;
  }

  series(series: Parameters<FeedHandler['series']>[0]): void {
    this.#sets.add(series);
  }

  texts(texts: Parameters<FeedHandler['texts']>[0]): void {
    for (const [id, text] of texts) this.#texts.set(id, text);
  }

  rows(payload: Uint8Array): void {
    this.#rows.add(payload);
  }

  state(state: State): void {
    this.#state = state;
    this.#stateAt = performance.now();
    const oldest = state.now - this.#rows.baseMs - this.#keptMs - LATE_MS;
    const first = this.#rows.blocks.find((block) => block.maxEnd >= oldest);
    const firstRow = first === undefined ? this.#rows.next : first.row + first.from;
    this.#rows.evict(Math.max(state.counters.firstRow, firstRow));
    this.#marks = this.#marks.filter(({ at }) => at - this.#rows.baseMs >= oldest);
  }

  running(running: readonly Running[]): void {
    this.#running = running;
  }

  marks(marks: readonly Mark[]): void {
    this.#marks.push(...marks);
  }

  connection(connection: Connection): void {
    this.#connection = connection;
  }

  next(): number {
    return this.#rows.next;
  }

  /** It stops when the view is gone. */
  #wallNow(): number {
    if (this.#state === undefined) return Date.now();
    const isLive = this.#connection.state === 'live';
    return this.#state.now + (isLive ? performance.now() - this.#stateAt : 0);
  }

  #summary(span: Span, matcher: Matcher): Summary {
    const everyValue = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    const bucketMs = (span.to - span.from) / BUCKETS;
    const query = { ...span, ...everyValue, matcher, bucketMs, bucketOrigin: span.from };
    return finish(summarise(this.#rows.blocks, query, this.#sets));
  }

  #findings(span: Span, open: readonly OpenNow[]): Finding[] {
    const marks = this.#marks.filter(
      ({ kind, seconds, at }) =>
        (kind !== 'blocked' || seconds >= SHORTEST_BLOCK_S) && at - this.#rows.baseMs >= span.from,
    );
    const bands = bandsOf(marks, this.#rows, this.#sets);
    const matcher = compile(NO_FILTER, this.#sets, this.#texts);
    const facts = finish(
      collect(this.#rows.blocks, { ...span, matcher }, this.#sets, blockedIn(bands, this.#sets)),
    );
    return diagnose(facts, this.#rows, { bands, open, now: this.#wallNow() - this.#rows.baseMs });
  }
}

/** Does in one go what the page does in steps. */
function finish<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
