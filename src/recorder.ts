import cluster from 'node:cluster';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { clearInterval, setInterval } from 'node:timers';
import { isMainThread, threadId } from 'node:worker_threads';
import { ignoreRejection } from './capture/hooks/hook.ts';
import { ignores } from './capture/hooks/ignore.ts';
import { RequestTags } from './capture/hooks/request-tags.ts';
import { now, WallClock } from './capture/node/clock.ts';
import { Observer } from './capture/node/observer.ts';
import type { OpenRequest, Request } from './capture/node/open-request.ts';
import { pathOf } from './capture/node/path.ts';
import { queueTime, WRONG } from './capture/node/queue-time.ts';
import type { ObserveServers } from './capture/node/servers.ts';
import { namedRoute } from './capture/routes/named-route.ts';
import { requestRoute } from './capture/routes/request-route.ts';
import { Report } from './export/report.ts';
import { cleartextWarning } from './export/send/cleartext-warning.ts';
import { Handover } from './export/thread/handover.ts';
import { createLog } from './log.ts';
import type { RequestDurations } from './metrics/durations.ts';
import { type Observed, observed, type Source } from './metrics/observed.ts';
import { ownProcessInfo } from './metrics/process-info.ts';
import { Sampler } from './metrics/sampler.ts';
import type { Destination, Logger, RequestHead, ResolvedOptions } from './options/options.ts';
import { mayBeTag } from './options/tags.ts';
import { Batch, SPACING_NS } from './record/batch.ts';
import { deliveryPoint, Ledger, NO_STATS, type Stats } from './record/ledger.ts';
import { type Outcome, type TagSet, UNMATCHED } from './record/series.ts';
import { SeriesTable } from './record/series-table.ts';
import { whyUnsupported } from './runtime.ts';
import { beforeSignals } from './signals.ts';
import type { ViewHost } from './view/server/view-host.ts';

const SECOND_MS = 1000;
/** Free batches that are kept; more are left to the garbage collector. */
const SPARE_BATCHES = 4;
const LONGEST_ROUTE = 512;
const LONGEST_PATH = 1024;

/**
 * The way of a request, composed: capture -> record -> delivery.
 *
 * On the main thread a request is observed, and when it is over a dozen numbers go into the current batch. Once a
 * flush interval, or when it is full, the batch goes to the worker thread, which encodes and delivers it. Without a
 * destination, its rows are counted and that is all.
 */
export class Recorder implements Source {
  readonly #options: ResolvedOptions;
  readonly #log: Logger;
  readonly #clock = new WallClock();
  readonly #observer: Observer;
  readonly #series: SeriesTable;
  readonly #requestTags: RequestTags;
  readonly #ledger = new Ledger();
  readonly #observed: Observed = observed();
  /** These three only with a destination. */
  readonly #report: Report | undefined;
  readonly #handover: Handover | undefined;
  readonly #sampler: Sampler | undefined;
  readonly #ignores: ((req: RequestHead) => boolean) | undefined;
  readonly #spare: Batch[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #view: Promise<ViewHost> | undefined;
  readonly #atExit = (): void => this.#exit();
  #unobserve: (() => void) | undefined;
  #offSignals: () => void = () => {};
  #batch: Batch | undefined;
  #lives = 0;
  #closed = false;
  #failed = false;

  /** @param destination undefined: requests are only observed, for `raw-requests/prometheus` */
  constructor(options: ResolvedOptions, destination: Destination | undefined) {
    this.#options = options;
    this.#log = createLog(options.logger, options.logLevel);
    this.#series = new SeriesTable(options.maxRoutes);
    this.#requestTags = new RequestTags((name) => mayBeTag(name) && !(name in options.tags));
    this.#ignores = ignores(options.ignore);
    this.#observer = new Observer((open, outcome, end) => this.#over(open, outcome, end));
    const unsupported = whyUnsupported();
    if (unsupported !== undefined) {
      this.#stop();
      this.#log.warn({}, unsupported);
      return;
    }
    this.#observed.sources.add(this);
    if (destination === undefined) return;
    const cleartext = cleartextWarning(destination);
    if (cleartext !== undefined) this.#log.warn({}, cleartext);
    this.#report = new Report(this.#log, destination.label, () => this.stats());
    this.#handover = this.#createHandover(destination, this.#report);
    this.#sampler = new Sampler();
    const { view } = destination;
    if (view !== undefined) {
      // Loaded only here: who does not ask for the view does not pay for it.
      this.#view = import('./view/server/view-host.ts').then(({ ViewHost }) => new ViewHost(view, this.#log));
      this.#view.catch((error) => this.#fail(error));
    }
    this.#timers.push(
      setInterval(() => this.#clock.sync() && this.#rotate(), SECOND_MS).unref(),
      setInterval(() => this.#endPeriod(), Math.max(SECOND_MS, options.flushIntervalMs)).unref(),
      setInterval(() => this.#handover?.ready && this.#rotate(), options.flushIntervalMs).unref(),
    );
    process.on('exit', this.#atExit);
    if (options.handleSignals) this.#offSignals = beforeSignals(this.#atExit);
    if (options.spoolDir !== undefined) this.#handover.start();
  }

  /** Follows a request to its end and records it. Never throws. */
  observe(req: IncomingMessage, res: ServerResponse): void {
    if (this.#closed) return;
    try {
      if (this.#wants(req)) this.#observer.observe(req, res);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Follows all requests to all servers of this process. Given what does it, so that only `register` loads that. */
  observeAll(observeServers: ObserveServers): void {
    if (this.#closed || this.#unobserve !== undefined) return;
    this.#unobserve = observeServers(
      this.#observer,
      (req) => !this.#closed && this.#wants(req),
      (error) => this.#fail(error),
    );
  }

  /** Sends what was recorded; resolves when it is settled, or after `timeoutMs`. */
  async flush(): Promise<void> {
    this.#rotate();
    await this.#handover?.flush(this.#options.timeoutMs);
  }

  /** Records what is still open as unfinished, delivers for at most `exitTimeoutMs`, and stops. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#stop();
    await this.#handover?.close(this.#options.exitTimeoutMs);
    await this.#view?.then((host) => host.close());
    this.#report?.end();
    this.#observed.retire(this);
  }

  stats(): Stats {
    if (this.#handover === undefined) return NO_STATS;
    return this.#ledger.stats((this.#batch?.rows ?? 0) + this.#handover.lines);
  }

  get inFlight(): number {
    return this.#observer.active;
  }

  addTo(durations: RequestDurations): void {
    if (this.#batch !== undefined) durations.add(this.#batch);
  }

  #exit(): void {
    this.#stop();
    this.#handover?.drain(this.#options.exitTimeoutMs);
    this.#report?.end();
  }

  /** What was recorded in the period has to be with the delivery before the period ends. */
  #endPeriod(): void {
    if (this.#handover === undefined || this.#sampler === undefined || this.#ledger.recorded === 0) return;
    if (this.#handover.ready) this.#rotate();
    const at = now();
    const sample = this.#sampler.take(at, this.#observer.inFlight(this.#sampler.start, at));
    const points = [deliveryPoint(this.stats(), sample.stopMs)];
    if (this.#options.processInfo && isMainThread) {
      points.push(ownProcessInfo(this.#options.tags.service ?? 'node', sample));
    }
    this.#handover.period(sample, points);
    this.#report?.tick();
  }

  // In this order: open requests end, their records go into the last batch, nothing is taken after it.
  #stop(): void {
    process.off('exit', this.#atExit);
    this.#offSignals();
    this.#unobserve?.();
    for (const timer of this.#timers) clearInterval(timer);
    this.#sampler?.stop();
    this.#observer.endAll();
    this.#rotate();
    this.#closed = true;
  }

  #over(open: OpenRequest, outcome: Outcome, end: number): void {
    if (this.#closed) {
      this.#lose();
      return;
    }
    try {
      this.#record(open, outcome, end);
    } catch (error) {
      this.#fail(error);
      this.#rotate(); // the rows of a batch are numbered without gaps
      this.#lose();
    }
  }

  #lose(): void {
    this.#ledger.recorded++;
    this.#ledger.dropped++;
  }

  // Runs once per request. What it costs is measured by `npm run bench`.
  #record(open: OpenRequest, outcome: Outcome, end: number): void {
    const { req, headers } = open;
    const batch = this.#batch ?? this.#begin(end);
    const { columns } = batch;
    const row = batch.rows;

    let after = (end - batch.baseMs) * 1e6;
    if (after < batch.nextEnd) after = batch.nextEnd;
    batch.nextEnd = after + SPACING_NS;

    columns.series[row] = this.#series.intern(
      batch,
      open.method,
      this.#route(req),
      open.status,
      outcome,
      this.#tags(open),
    );
    columns.end[row] = after;
    columns.duration[row] = end - open.start;
    columns.firstByte[row] = open.firstByte - open.start;
    columns.queueTime[row] = Number.NaN;
    columns.bytesIn[row] = open.bytesIn;
    columns.bytesOut[row] = open.bytesOut;
    columns.slot[row] = open.slot;
    columns.inFlight[row] = open.inFlight;
    columns.trace[row] = 0;
    columns.path[row] = 0;

    if (this.#options.queueTime) {
      const waited = queueTime(headers, Date.now() - (end - open.start));
      if (waited === WRONG) this.#ledger.queueTimeErrors++;
      else columns.queueTime[row] = waited;
    }
    const { traceparent } = headers;
    if (typeof traceparent === 'string' && traceparent.length >= 55 && traceparent.length < 256) {
      columns.trace[row] = batch.texts.push(traceparent);
    }
    if (this.#options.path) columns.path[row] = batch.texts.push(pathOf(open.target).slice(0, LONGEST_PATH));

    batch.rows = row + 1;
    this.#ledger.recorded++;
    if (batch.rows === batch.capacity) this.#rotate();
  }

  #begin(at: number): Batch {
    const batch = this.#spare.pop() ?? new Batch(this.#options.batchLines);
    const { wall, floor } = this.#clock.base(at);
    const { era } = this.#clock;
    batch.begin({ life: ++this.#lives, baseMs: at, wall, floor, era, sequence: this.#ledger.recorded + 1 });
    this.#batch = batch;
    return batch;
  }

  /** Hands the current batch over; the next request begins a new one. */
  #rotate(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    this.#observed.durations?.add(batch);
    this.#clock.reserve(batch.lastWall);
    if (this.#handover === undefined) this.#free(batch);
    else this.#handover.give(batch);
  }

  #free(batch: Batch): void {
    if (this.#spare.length < SPARE_BATCHES) this.#spare.push(batch);
  }

  #createHandover({ url, writePath, authorization, view }: Destination, report: Report): Handover {
    const { hostname, tags, timeoutMs, maxQueueBytes, spoolDir, maxSpoolBytes, requestMetrics, concurrency } =
      this.#options;
    return new Handover(
      {
        destination: { url, writePath, authorization, isView: view !== undefined },
        tags: {
          ...tags,
          hostname,
          process: `${hostname}:${process.pid}`,
          worker: String(cluster.worker?.id ?? 0),
          thread: String(threadId),
        },
        timeoutMs,
        maxQueueBytes,
        requestMetrics,
        concurrency,
        spool: spoolDir === undefined ? undefined : { dir: spoolDir, maxBytes: maxSpoolBytes },
      },
      this.#ledger,
      {
        free: (batch) => this.#free(batch),
        state: (up, reason) => {
          report.state(up, reason);
          this.#view?.then((host) => host.onState(up)).catch(() => {});
        },
        warning: (text) => report.note(text),
        lost: (lines, reason) => report.lost(lines, reason),
        unable: (error) => {
          this.#stop();
          this.#log.error(
            { err: error },
            `recording nothing, since delivery cannot be started: ${error?.message}. Bundled? Keep raw-requests external`,
          );
        },
        died: (error, inline) =>
          this.#log.warn(
            { err: error },
            inline
              ? "no worker thread can be started: the application's own thread delivers"
              : 'the delivery thread ended; starting another one',
          ),
      },
    );
  }

  /** What the user says, else what an adapter or Express says. */
  #route(req: Request): string {
    const route = this.#named(req) ?? namedRoute(req) ?? requestRoute(req);
    if (typeof route !== 'string' || route === '') {
      ignoreRejection(route);
      return UNMATCHED;
    }
    return route.length > LONGEST_ROUTE ? route.slice(0, LONGEST_ROUTE) : route;
  }

  #named(req: Request): string | undefined {
    try {
      return this.#options.route?.(req as IncomingMessage);
    } catch (error) {
      this.#hookFailed(error);
      return undefined;
    }
  }

  #tags({ req, res }: OpenRequest): TagSet | undefined {
    const { requestTags } = this.#options;
    if (requestTags === undefined || res === undefined) return undefined;
    try {
      const tags = requestTags(req as IncomingMessage, res);
      ignoreRejection(tags);
      return this.#requestTags.intern(tags);
    } catch (error) {
      this.#hookFailed(error);
      return undefined;
    }
  }

  #wants(req: RequestHead): boolean {
    if (this.#ignores === undefined) return true;
    try {
      const ignored: unknown = this.#ignores(req);
      ignoreRejection(ignored);
      return ignored instanceof Promise || !ignored; // a promise of an answer is none
    } catch (error) {
      this.#hookFailed(error);
      return true;
    }
  }

  #hookFailed(error: unknown): void {
    this.#ledger.hookErrors++;
    this.#fail(error);
  }

  /** Something in here is wrong: the application must not notice, its developer should, once. */
  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#log.error({ err: error }, 'recording a request failed; reported once');
  }
}
