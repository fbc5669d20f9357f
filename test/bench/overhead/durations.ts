import { performance } from 'node:perf_hooks';
import { RequestDurations } from '../../../src/metrics/durations.ts';
import { Batch } from '../../../src/record/batch.ts';
import { spread } from '../statistics.ts';
import { spreadText, table } from '../table.ts';

// What `raw-requests/prometheus` adds to a request: a row is counted when its batch is handed on.

const ROWS = 5000;
const WARM_UP_MS = 300;
const MEASURE_MS = 700;

/** Measures how long the main thread takes to count a row, and returns a table. */
export function durationCosts(): string {
  const rows = [
    ['below 5 ms: the first bucket', (row: number) => (row % 50) / 10],
    ['1 ms to 1 s, evenly by magnitude', (row: number) => 10 ** (((row * 7919) % 3000) / 1000)],
    ['above 10 s: the last bucket', () => 20_000],
  ] as const;
  return table(
    ['durations', 'ns per request'],
    rows.map(([name, durationOf]) => [name, spreadText(spread(nsPerRow(durationOf).map((ns) => [ns])), 1)]),
  );
}

function nsPerRow(durationOf: (row: number) => number): number[] {
  const batch = new Batch(ROWS);
  batch.begin({ generation: 1, baseMs: 0, wall: 0n, floor: 0, era: 0, sequence: 1 });
  for (let i = 0; i < 20; i++) batch.series.push(['GET', `/items${i}/:item`, 200, 'finished']);
  for (let row = 0; row < ROWS; row++) {
    batch.columns.series[row] = row % batch.series.length;
    batch.columns.duration[row] = durationOf(row);
  }
  batch.rows = ROWS;
  const durations = new RequestDurations();
  const run = () => {
    batch.counted = 0;
    durations.add(batch);
  };
  repeat(run, WARM_UP_MS);
  return repeat(run, MEASURE_MS).map((ms) => (ms * 1e6) / ROWS);
}

/** The time of each run, in ms. */
function repeat(run: () => void, ms: number): number[] {
  const times: number[] = [];
  const until = performance.now() + ms;
  for (let start = performance.now(); start < until; start = performance.now()) {
    run();
    times.push(performance.now() - start);
  }
  return times;
}
