import os from 'node:os';
import type { Trend } from './memory.ts';
import type { Account } from './verdict.ts';

/** An application, and all there is to say about it. */
export interface Column {
  readonly name: string;
  readonly account: Account;
  readonly trend: Trend;
  /** Of one core, from 0 to 1. */
  readonly cpu: number;
  readonly logLines: number;
}

/** `7:05`, from seconds. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

export function conditions({
  minutes,
  seed,
  influxdb,
}: {
  minutes: number;
  seed: number;
  influxdb: string;
}): string {
  const [core] = os.cpus();
  return `${minutes} minutes, seed ${seed}; ${core?.model.trim()}, ${os.cpus().length} cores, Node ${process.versions.node}, InfluxDB ${influxdb}`;
}

/** A line for each figure, a column for each application. */
export function table(columns: readonly Column[]): string {
  const ledger = ['recorded', 'acknowledged', 'queued', 'spooled', 'dropped', 'unknown', 'rejected'] as const;
  const lines: readonly (readonly [string, (column: Column) => string | number])[] = [
    ['', ({ name }) => name],
    ['requests answered', ({ account }) => account.loaded.answered],
    ['left by their clients', ({ account }) => account.loaded.left],
    ['served', ({ account }) => account.word.served],
    ...ledger.map((name) => [name, ({ account }: Column) => account.word.stats[name]] as const),
    ['points in the database', ({ account }) => account.points.count],
    ['lines in the log', ({ logLines }) => logLines],
    ['CPU, % of a core', ({ cpu }) => (100 * cpu).toFixed(1)],
    ['RSS at the start, MiB', ({ trend }) => trend.start.toFixed(1)],
    ['RSS when warm', ({ trend }) => trend.warm.toFixed(1)],
    ['RSS in the middle', ({ trend }) => trend.middle.toFixed(1)],
    ['RSS at the end', ({ trend }) => trend.end.toFixed(1)],
    [
      'its slope when warm, MiB/h',
      ({ trend: { slope } }) =>
        slope === undefined ? '-' : `${slope.perHour.toFixed(1)} ± ${slope.error.toFixed(1)}`,
    ],
    [
      'descriptors, before and after',
      ({ account: { descriptors } }) => `${descriptors.before}, ${descriptors.after}`,
    ],
    ['handles, before and after', ({ account: { handles } }) => `${handles.before}, ${handles.after}`],
  ];
  const cells = lines.map(([title, cell]) => [title, ...columns.map((column) => String(cell(column)))]);
  const widths = cells[0]!.map((_, index) => Math.max(...cells.map((row) => row[index]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!)))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
