import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { InFlight, Sample } from '../record/sample.ts';

/** How often the delay of the event loop is measured, ms. */
const RESOLUTION_MS = 10;

/** Measures periods, one after the other without a gap. */
export class Sampler {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #startMs = Date.now();
  #start = performance.now();
  #cpu = process.cpuUsage();
  #utilization = performance.eventLoopUtilization();

  constructor() {
    this.#delay.enable();
  }

  /** Monotonic start of the period that runs, ms. */
  get start(): number {
    return this.#start;
  }

  /** Ends the period at `stop`, monotonic ms, and begins the next. */
  take(stop: number, inFlight: InFlight): Sample {
    const seconds = (stop - this.#start) / 1e3;
    const cpu = process.cpuUsage(this.#cpu);
    const utilization = performance.eventLoopUtilization();
    const stopMs = Date.now();
    const sample: Sample = {
      startMs: this.#startMs,
      stopMs,
      seconds,
      inFlight,
      cpuUser: cpu.user / 1e6 / seconds,
      cpuSystem: cpu.system / 1e6 / seconds,
      rss: process.memoryUsage.rss(),
      maxRss: process.resourceUsage().maxRSS * 1024,
      eventLoopUtilization: performance.eventLoopUtilization(utilization, this.#utilization).utilization,
      eventLoopDelay: {
        p50: this.#late(this.#delay.percentile(50)),
        p99: this.#late(this.#delay.percentile(99)),
        max: this.#late(this.#delay.max),
      },
    };
    this.#delay.reset();
    this.#startMs = stopMs;
    this.#start = stop;
    this.#cpu = process.cpuUsage();
    this.#utilization = utilization;
    return sample;
  }

  stop(): void {
    this.#delay.disable();
  }

  /** Node records the time from one tick to the next, in ns: what is beyond the resolution is delay. */
  #late(ns: number): number {
    return this.#delay.count === 0 ? 0 : Math.max(0, ns / 1e9 - RESOLUTION_MS / 1e3);
  }
}
