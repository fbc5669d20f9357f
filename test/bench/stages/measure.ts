import { performance } from 'node:perf_hooks';
import { cpu, perThread } from '../overhead/cost.ts';
import { median } from '../statistics.ts';

/** What one run of a piece of code takes. */
export interface Cost {
  /** CPU time of this thread, where the system tells it. */
  readonly ns: number;
  /** On the heap, until the garbage collector comes. */
  readonly bytes: number;
}

const WARM_UP_MS = 300;
const MEASURE_MS = 400;
/** So short that it is seldom interrupted. */
const SLICE_MS = 2;

/** Runs code for a while. @param items that one run handles, such as the rows of a batch */
export function measure(run: () => unknown, items = 1): Cost {
  const [cost] = inTurns([run]);
  return { ns: cost!.ns / items, bytes: cost!.bytes / items };
}

/** What code takes more than other code beside it. */
export function measureBeside(run: () => unknown, beside: () => unknown): Cost {
  const [cost, base] = inTurns([run, beside]);
  return { ns: cost!.ns - base!.ns, bytes: Math.max(0, cost!.bytes - base!.bytes) };
}

function inTurns(runs: readonly (() => unknown)[]): Cost[] {
  const times = runs.map((run) => {
    let count = 0;
    for (const until = performance.now() + WARM_UP_MS; performance.now() < until; count++) run();
    return Math.max(1, Math.round(count * (SLICE_MS / WARM_UP_MS)));
  });
  const slices: Cost[][] = runs.map(() => []);
  for (const until = performance.now() + MEASURE_MS * runs.length; performance.now() < until; )
    for (const [index, run] of runs.entries()) slices[index]!.push(slice(run, times[index]!));
  return slices.map((costs) => {
    const undisturbed = costs.filter(({ bytes }) => bytes >= 0); // else the garbage collector came
    return {
      ns: median(costs.map(({ ns }) => ns)),
      bytes: median((undisturbed.length > 0 ? undisturbed : costs).map(({ bytes }) => bytes)),
    };
  });
}

function slice(run: () => unknown, times: number): Cost {
  const heap = process.memoryUsage().heapUsed;
  const start = clock();
  for (let i = 0; i < times; i++) run();
  const ns = (clock() - start) / times;
  return { ns, bytes: (process.memoryUsage().heapUsed - heap) / times };
}

function clock(): number {
  return perThread ? cpu().main : performance.now() * 1e6;
}
