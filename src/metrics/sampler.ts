import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { InFlight, Sample } from '../record/sample.ts';
import { attempt } from '../safety/guard.ts';
import { now, wallNow } from '../safety/time.ts';

/** How often the delay of the event loop is measured, ms. */
const RESOLUTION_MS = 10;
const RESOLUTION_S = RESOLUTION_MS / 1e3;

const { cpuUsage, memoryUsage, resourceUsage } = process;
const { rss } = memoryUsage;
const { eventLoopUtilization } = performance;

const KIND = 'a reading of CPU, memory or event loop';

type Utilization = ReturnType<typeof eventLoopUtilization>;

/** Takes one sample per period; periods follow each other without a gap. A reading that fails does not affect the others. */
export class Sampler {
  readonly #delay: IntervalHistogram | undefined;
  #startMs: number = wallNow();
  #start: number = now();
  #cpu: { readonly usage: NodeJS.CpuUsage; readonly at: number } | undefined;
  #utilization: Utilization | undefined;

  constructor() {
    this.#delay = attempt(KIND, () => monitorEventLoopDelay({ resolution: RESOLUTION_MS }));
    this.#delay?.enable();
    this.#takeCpu(this.#start);
    this.#takeUtilization();
  }

  /** Monotonic start of the current period, ms. */
  get start(): number {
    return this.#start;
  }

  /** Ends the period at `stop`, monotonic ms, and begins the next. */
  take(stop: number, inFlight: InFlight): Sample {
    const startMs = this.#startMs;
    const seconds = (stop - this.#start) / 1e3;
    const stopMs = wallNow();
    this.#startMs = stopMs;
    this.#start = stop;
    const maxRss = attempt(KIND, () => resourceUsage().maxRSS);
    return {
      startMs,
      stopMs,
      seconds,
      inFlight,
      ...this.#takeCpu(stop),
      rss: attempt(KIND, rss),
      maxRss: maxRss && maxRss * 1024,
      eventLoopUtilization: this.#takeUtilization(),
      eventLoopDelay: attempt(KIND, () => this.#takeDelay(seconds)),
    };
  }

  stop(): void {
    this.#delay?.disable();
  }

  /** CPU use since the last successful reading, which may be before the start of the period. */
  #takeCpu(at: number): Pick<Sample, 'cpuUser' | 'cpuSystem'> {
    const last = this.#cpu;
    const usage = attempt(KIND, () => cpuUsage());
    if (usage !== undefined) this.#cpu = { usage, at };
    if (usage === undefined || last === undefined) return { cpuUser: undefined, cpuSystem: undefined };
    const us = (at - last.at) * 1e3;
    return {
      cpuUser: (usage.user - last.usage.user) / us,
      cpuSystem: (usage.system - last.usage.system) / us,
    };
  }

  #takeUtilization(): number | undefined {
    const last = this.#utilization;
    const current = attempt(KIND, () => eventLoopUtilization());
    if (current !== undefined) this.#utilization = current;
    if (current === undefined || last === undefined) return undefined;
    return attempt(KIND, () => eventLoopUtilization(current, last))?.utilization;
  }

  #takeDelay(seconds: number): Sample['eventLoopDelay'] {
    const delay = this.#delay;
    if (delay === undefined) return undefined;
    const { count } = delay;
    const covered = count === 0 ? 0 : (delay.mean * count) / 1e9;
    // Node records the time between two ticks of a timer, in ns. The part beyond the resolution is the delay.
    const late = (ns: number) => (count === 0 ? 0 : Math.max(0, ns / 1e9 - RESOLUTION_S));
    const taken = {
      p50: late(delay.percentile(50)),
      p99: late(delay.percentile(99)),
      max: Math.max(late(delay.max), lateAtTheEdges(seconds, seconds - covered)),
    };
    delay.reset();
    return taken;
  }
}

/**
 * The delay at the edges of a period. Node records nothing from the beginning of a period to its first tick, and from its last tick
 * to its end. So a loop that is blocked there is known only by the time that the records do not cover. They are exact to a
 * thousandth.
 */
function lateAtTheEdges(seconds: number, uncovered: number): number {
  const late = uncovered - 2 * RESOLUTION_S;
  return late > Math.max(RESOLUTION_S, 0.01 * seconds) ? late : 0;
}
