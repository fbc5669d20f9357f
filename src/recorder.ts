import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Census } from './capture/census/census.ts';
import type { HookName, HookOptions, Hooks } from './capture/hooks/hooks.ts';
import { MiddlewareHooks } from './capture/hooks/middleware-hooks.ts';
import { followContext } from './capture/hooks/writer-context.ts';
import { Observer } from './capture/node/observer.ts';
import type { OpenRequest } from './capture/node/open-request.ts';
import { pathOf } from './capture/node/path.ts';
import { queueTime, WRONG } from './capture/node/queue-time.ts';
import type { ObserveServers } from './capture/node/servers.ts';
import { openRequests } from './capture/open-requests.ts';
import { routeOf } from './capture/routes/route-of.ts';
import { traceHeader } from './capture/trace/trace-header.ts';
import { createLog } from './log/log.ts';
import type { RequestDurations } from './metrics/durations.ts';
import { type RecorderRegistry, type RecorderSource, recorderRegistry } from './metrics/recorder-registry.ts';
import { Sampler } from './metrics/sampler.ts';
import type { Destination, Logger, ResolvedOptions } from './options/options.ts';
import { type Batch, SPACING_NS } from './record/batch.ts';
import { Batches } from './record/batches.ts';
import { Ledger, NO_STATS, type Stats } from './record/ledger.ts';
import type { Outcome } from './record/series.ts';
import { SeriesTable } from './record/series-table.ts';
import { attempt, caught, type Fault, guarded, onFault } from './safety/guard.ts';
import { asError } from './safety/thrown.ts';
import { cancel, every, now, type Timer, wallNow } from './safety/time.ts';
import { beforeSignals } from './signals.ts';
import { Sink } from './sink.ts';

const SECOND_MS = 1000;
const MAX_PATH_LENGTH = 1024;

/**
 * Composes the stages of recording: capture -> record -> delivery.
 *
 * The main thread observes each request and, when it has ended, writes about a dozen numbers into the current batch.
 * Once per flush interval, or when it is full, the batch goes to the worker thread, which encodes and delivers it.
 * Without a destination, the rows of the batch are only counted, for Prometheus.
 */
export class Recorder implements RecorderSource {
  readonly #options: ResolvedOptions;
  readonly #log: Logger;
  readonly #ledger = new Ledger();
  readonly #hooks: MiddlewareHooks;
  readonly #observer: Observer;
  readonly #series: SeriesTable;
  readonly #batches: Batches;
  readonly #registry: RecorderRegistry = recorderRegistry();
  /** `#sink` and `#sampler` are set only if there is a destination. */
  readonly #sink: Sink | undefined;
  readonly #sampler: Sampler | undefined;
  readonly #timers: Timer[] = [];
  readonly #atExit = guarded('the exit handler', () => this.#exit());
  readonly #failedHooks = new Set<HookName>();
  /** These functions remove this recorder's listeners. */
  readonly #offFault: () => void;
  #offSignals: () => void = () => {};
  #unobserve: (() => void) | undefined;
  /** Set only with the option `check`. */
  #census: Census | undefined;
  #closed = false;

  /** @param destination if undefined, requests are only observed, for `raw-requests/prometheus` */
  constructor(options: ResolvedOptions, destination: Destination | undefined) {
    this.#options = options;
    this.#log = createLog(options.logger, options.logLevel, () => this.#ledger.hookErrors++);
    this.#offFault = onFault((fault) => this.#faulty(fault));
    this.#observer = new Observer((open, outcome, end) => this.#ended(open, outcome, end));
    this.#hooks = new MiddlewareHooks(options, (hook, thrown) => this.#hookFailed(hook, thrown));
    this.#observer.keepsContext = this.#hooks.default.wantContext;
    this.#series = new SeriesTable(options.maxRoutes);
    this.#batches = new Batches(options.batchLines);
    this.#registry.sources.add(this);
    if (destination === undefined) return;
    this.#sink = new Sink(options, destination, this.#ledger, this.#log, {
      free: (batch) => this.#batches.free(batch),
      unable: () => this.#stop(),
      stats: () => this.stats(),
      openRequests: () => openRequests(this.#observer.openRequests, options.path),
    });
    this.#sampler = new Sampler();
    this.#timers.push(
      every('the clock timer', SECOND_MS, () => this.#batches.followClock() && this.#rotate()),
      every('the sample timer', Math.max(SECOND_MS, options.flushIntervalMs), () => this.#endPeriod()),
      every('the flush timer', options.flushIntervalMs, () => this.#sink?.ready && this.#rotate()),
    );
    process.on('exit', this.#atExit);
    if (options.handleSignals) this.#offSignals = beforeSignals(this.#atExit);
  }

  /** The hooks of a middleware. */
  hooksFor(given: Partial<HookOptions>): Hooks {
    const hooks = this.#hooks.add(given);
    this.#observer.keepsContext ||= hooks.wantContext;
    return hooks;
  }

  /** Observes a request to its end and records it, with the options in `hooks`. Never throws. */
  observe(req: IncomingMessage, res: ServerResponse, hooks: Hooks = this.#hooks.default): void {
    if (this.#closed) return;
    try {
      if (!hooks.wants(req)) {
        this.ignore(req, res);
        return;
      }
      const open = this.#observer.observe(req, res);
      if (open?.tracker !== this.#observer) return; // another recorder follows it
      open.hooks = hooks;
      if (hooks.wantContext) followContext(open);
    } catch (error) {
      caught('the start of a request', error);
    }
  }

  /** Excludes a request that is already observed, for example by `register`. Never throws. */
  ignore(req: IncomingMessage, res: ServerResponse): void {
    try {
      const open = this.#observer.find(req, res);
      if (open?.tracker === this.#observer) open.ignored = true;
    } catch (error) {
      caught('the start of a request', error);
    }
  }

  /** Observes all requests to all servers of this process. The function is a parameter so that only `register` loads it. */
  observeAll(observeServers: ObserveServers): void {
    if (this.#closed || this.#unobserve !== undefined) return;
    this.#unobserve = observeServers(
      this.#observer,
      (req) => !this.#closed && this.#hooks.default.wants(req),
    );
  }

  /** Whether it observes all servers of the process, for `register`. */
  get observesServers(): boolean {
    return this.#unobserve !== undefined;
  }

  /** Checks that all requests are observed. The class is a parameter so that it is loaded only if needed. */
  check(create: typeof Census): void {
    if (this.#closed || this.#census !== undefined) return;
    this.#census = new create((head) => !this.#hooks.default.wants(head), this.#log);
  }

  /** Sends what was recorded. Resolves when it is settled, or after `timeoutMs`. Never rejects. */
  async flush(timeoutMs: number = this.#options.timeoutMs): Promise<void> {
    try {
      this.#rotate();
      await this.#sink?.flush(timeoutMs);
    } catch (error) {
      caught('flush()', error);
    }
  }

  /** Records open requests as unfinished, delivers for at most `exitTimeoutMs`, and stops. Never rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    attempt('close()', () => this.#stop());
    await this.#sink?.close();
    process.off('exit', this.#atExit); // only now: the process may exit during the await
    this.#offSignals();
    this.#registry.retire(this);
    this.#offFault();
  }

  stats(): Stats {
    if (this.#sink === undefined) return NO_STATS;
    return this.#ledger.stats((this.#batches.current?.rows ?? 0) + this.#sink.lines);
  }

  get inFlight(): number {
    return this.#observer.active;
  }

  addTo(durations: RequestDurations): void {
    if (this.#batches.current !== undefined) durations.add(this.#batches.current);
  }

  #exit(): void {
    attempt('the exit handler', () => this.#stop());
    this.#sink?.drain();
  }

  /** Ends a sample period. The batch is handed over first, so that its requests are counted in this period. */
  #endPeriod(): void {
    if (this.#sink === undefined || this.#sampler === undefined || this.#ledger.recorded === 0) return;
    if (this.#sink.ready) this.#rotate();
    const at = now();
    this.#sink.period(this.#sampler.take(at, this.#observer.inFlight(this.#sampler.start, at)));
  }

  // The order matters: open requests end, their records go into the last batch, then no request is recorded any more.
  #stop(): void {
    for (const timer of this.#timers) cancel(timer);
    this.#unobserve?.();
    this.#sampler?.stop();
    this.#observer.endAll();
    this.#rotate();
    this.#closed = true;
    this.#census?.close();
    this.#census = undefined;
  }

  #ended(open: OpenRequest, outcome: Outcome, end: number): void {
    this.#census?.ended(open);
    this.#hooks.assign(open);
    if (open.ignored) return;
    const { recorded } = this.#ledger;
    try {
      if (!this.#closed) this.#record(open, outcome, end);
    } catch (error) {
      caught('the end of a request', error);
    }
    if (this.#ledger.recorded !== recorded) return;
    this.#ledger.recorded++;
    this.#ledger.dropped++;
    this.#rotate(); // this request has a number but no row, and the rows of a batch are numbered without gaps
  }

  // Runs once per request. `npm run bench` measures its cost.
  #record(open: OpenRequest, outcome: Outcome, end: number): void {
    const { headers, hooks = this.#hooks.default } = open;
    const batch = this.#batches.current ?? this.#beginBatch(end);
    const { columns } = batch;
    const row = batch.rows;

    let after = (end - batch.baseMs) * 1e6;
    if (after < batch.nextEnd) after = batch.nextEnd;
    batch.nextEnd = after + SPACING_NS;

    columns.series[row] = this.#series.intern(
      batch,
      open.method,
      routeOf(open, hooks.route(open)),
      open.status,
      outcome,
      hooks.tags(open),
    );
    columns.end[row] = after;
    columns.duration[row] = end - open.start;
    columns.firstByte[row] = open.firstByte - open.start;
    columns.queueTime[row] = Number.NaN;
    columns.bytesIn[row] = open.bytesIn;
    columns.bytesOut[row] = open.bytesOut;
    columns.slot[row] = open.slot;
    columns.inFlight[row] = open.inFlight;
    columns.connectionRequests[row] = open.connectionRequests;
    columns.trace[row] = 0;
    columns.path[row] = 0;

    if (hooks.queueTime) {
      const waited = queueTime(headers, wallNow() - (end - open.start));
      if (waited === WRONG) this.#ledger.queueTimeErrors++;
      else columns.queueTime[row] = waited;
    }
    const trace = hooks.traceId(open) ?? open.span ?? traceHeader(headers);
    if (trace !== undefined) columns.trace[row] = batch.texts.push(trace);
    if (hooks.path) columns.path[row] = batch.texts.push(pathOf(open.target), MAX_PATH_LENGTH);

    batch.rows = row + 1;
    this.#ledger.recorded++;
    if (batch.isFull) this.#rotate();
  }

  #beginBatch(end: number): Batch {
    if (this.#ledger.recorded === 0) this.#sink?.startSoon();
    return this.#batches.begin(end, this.#ledger.recorded + 1);
  }

  /** Hands the current batch over. The next request begins a new one. */
  #rotate(): void {
    const batch = this.#batches.take();
    if (batch === undefined) return;
    attempt('counting durations', () => this.#registry.durations?.add(batch));
    if (this.#sink === undefined) this.#batches.free(batch);
    else this.#sink.give(batch);
  }

  /** Counts a failure of a function option, and logs the first of each. The request is recorded without its result. */
  #hookFailed(hook: HookName, thrown: unknown): void {
    this.#ledger.hookErrors++;
    if (this.#failedHooks.has(hook)) return;
    this.#failedHooks.add(hook);
    const err = asError(thrown);
    this.#log.error(
      { err },
      `\`${hook}\` failed: ${err.message}; requests are recorded without it, and further failures are only counted`,
    );
  }

  /** Counts an internal error, and logs the first of each kind. */
  #faulty({ kind, error: err, isFirst }: Fault): void {
    this.#ledger.internalErrors++;
    if (!isFirst) return;
    this.#log.error(
      { err },
      `raw-requests failed in ${kind}: ${err.message}; recording goes on, and further failures of this kind are only counted`,
    );
  }
}
