import { type BatchContent, Columns } from '../record/batch.ts';
import type { Point } from '../record/point.ts';
import type { Sample } from '../record/sample.ts';

const MEASUREMENT = 'request-metrics';

/** Upper bounds of the time buckets, s: 0.005, doubling. One more bucket holds times above the last bound. */
const BOUNDS: readonly number[] = Array.from({ length: 14 }, (_, i) => 0.005 * 2 ** i);
/** Tag `time_bucket`: the lower edge of each. */
const EDGES: readonly string[] = ['0.0', ...BOUNDS.map(String)];
/** The most slots that get a point, in order of use. Slots beyond are almost idle. */
const MAX_RANKS = 64;

/**
 * Computes the points of `request-metrics` from the requests that end in a period. Runs in the worker thread, which has
 * the records. Names, units and formulas are those of mod_wsgi's `request_metrics()` (https://modwsgi.readthedocs.io,
 * "Subscribing to events"; wsgi_metrics.c), with slots in place of request threads:
 *
 * - `request_throughput` = requests ended / s
 * - `capacity_utilization` = request-seconds in flight / s / `request_threads_maximum`, if the option `concurrency`
 *   sets that; else the utilization of the event loop, which is what limits a Node process
 * - `application_time`, `queue_time`, `server_time` = means, s; `queue_time` is 0 without a proxy's header, and
 *   `server_time` is always 0
 * - `cpu_user_time`, `cpu_system_time` = CPU-seconds of the process / s
 */
export class RequestMetrics {
  readonly #concurrency: number | undefined;
  /** Wall time at which the period began, ms. Nothing was recorded before the first period. */
  #since = Number.NEGATIVE_INFINITY;
  #requests = 0;
  /** s */
  #applicationTime = 0;
  #queueTime = 0;
  /** Request-seconds within the period, of requests that have ended. */
  #busy = 0;
  readonly #applicationBuckets = new Uint32Array(EDGES.length);
  readonly #queueBuckets = new Uint32Array(EDGES.length);
  readonly #bySlot = new Map<number, number>();

  constructor(concurrency: number | undefined) {
    this.#concurrency = concurrency;
  }

  add(content: BatchContent): void {
    const { end, duration, queueTime, slot } = new Columns(content.buffer, content.capacity);
    const baseMs = Number(content.base) / 1e6;
    for (let row = 0; row < content.rows; row++) {
      const seconds = duration[row]! / 1e3;
      const queued = Number.isNaN(queueTime[row]!) ? 0 : queueTime[row]!;
      this.#applicationTime += seconds;
      this.#queueTime += queued;
      this.#busy += Math.max(0, Math.min(seconds, (baseMs + end[row]! / 1e6 - this.#since) / 1e3));
      this.#applicationBuckets[bucketOf(seconds)]!++;
      this.#queueBuckets[bucketOf(queued)]!++;
      this.#bySlot.set(slot[row]!, (this.#bySlot.get(slot[row]!) ?? 0) + 1);
    }
    this.#requests += content.rows;
  }

  /** Ends the period and returns its points. Buckets and slots without requests get no point. */
  points(sample: Sample): Point[] {
    const { stopMs: atMs, seconds, inFlight } = sample;
    const requests = this.#requests;
    const { highestSlot } = inFlight;
    const threads = this.#concurrency ?? highestSlot;
    const busy = (this.#busy + inFlight.busy) / seconds;
    const active = new Set([...this.#bySlot.keys(), ...inFlight.slots]).size;
    const summary: Point = {
      measurement: MEASUREMENT,
      atMs,
      integers: known({
        memory_max_rss: sample.maxRss,
        memory_rss: sample.rss,
        request_threads_active: active,
        request_threads_maximum: threads,
        request_threads_started: highestSlot,
      }),
      floats: known({
        application_time: requests === 0 ? 0 : this.#applicationTime / requests,
        capacity_utilization:
          this.#concurrency === undefined ? sample.eventLoopUtilization : busy / this.#concurrency,
        cpu_system_time: sample.cpuSystem,
        cpu_user_time: sample.cpuUser,
        event_loop_delay_max: sample.eventLoopDelay?.max,
        event_loop_delay_p50: sample.eventLoopDelay?.p50,
        event_loop_delay_p99: sample.eventLoopDelay?.p99,
        event_loop_utilization: sample.eventLoopUtilization,
        queue_time: requests === 0 ? 0 : this.#queueTime / requests,
        request_throughput: requests / seconds,
        requests_in_flight: busy,
        server_time: 0,
      }),
    };
    const points = [summary, ...this.#bucketPoints(atMs), ...this.#rankPoints(atMs)];
    this.#begin(atMs);
    return points;
  }

  #bucketPoints(atMs: number): Point[] {
    return EDGES.flatMap((edge, i) => {
      const application = this.#applicationBuckets[i]!;
      const queue = this.#queueBuckets[i]!;
      // A Node process has no mod_wsgi server or daemon phase: these times are 0 and in the first bucket.
      const none = i === 0 ? this.#requests : 0;
      if (application + queue + none === 0) return [];
      return {
        measurement: MEASUREMENT,
        atMs,
        tags: { time_bucket: edge },
        integers: {
          application_time_bucket: application,
          daemon_time_bucket: none,
          queue_time_bucket: queue,
          server_time_bucket: none,
        },
      };
    });
  }

  /** One point per slot, numbered by rank of use as in mod_wsgi. */
  #rankPoints(atMs: number): Point[] {
    const counts = [...this.#bySlot.values()].sort((a, b) => b - a).slice(0, MAX_RANKS);
    return counts.map((count, i) => ({
      measurement: MEASUREMENT,
      atMs,
      tags: { thread_id: String(i + 1) },
      integers: { request_threads_bucket: count },
    }));
  }

  #begin(since: number): void {
    this.#since = since;
    this.#requests = 0;
    this.#applicationTime = 0;
    this.#queueTime = 0;
    this.#busy = 0;
    this.#applicationBuckets.fill(0);
    this.#queueBuckets.fill(0);
    this.#bySlot.clear();
  }
}

/** Removes undefined fields: a missing value is better than a wrong 0. */
function known(fields: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, number] => field[1] !== undefined),
  );
}

/** A time belongs to the first bucket whose upper bound it does not exceed. */
function bucketOf(seconds: number): number {
  if (seconds <= BOUNDS[0]!) return 0;
  const above = Math.ceil(Math.log2(seconds / BOUNDS[0]!));
  return Math.min(above, EDGES.length - 1);
}
