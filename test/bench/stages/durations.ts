import { RequestDurations } from '../../../src/metrics/durations.ts';
import { Batch } from '../../../src/record/batch.ts';
import { type Cost, measure } from './measure.ts';
import type { Stage } from './stages.ts';

// What `raw-requests/prometheus` adds to a request: a row is counted when its batch is handed on.

const ROWS = 5000;

/** Counting a row in the histogram of its series. */
export function durationStages(): Stage[] {
  const rows = [
    ['below 5 ms', (row: number) => (row % 50) / 10],
    ['1 ms to 1 s', (row: number) => 10 ** (((row * 7919) % 3000) / 1000)],
    ['above 10 s', () => 20_000],
  ] as const;
  return rows.map(([name, durationOf]) => [`Prometheus, ${name}`, costOf(durationOf)]);
}

function costOf(durationOf: (row: number) => number): Cost {
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
  return measure(run, ROWS);
}
