// The fault matrix: `npm run test:faults -- --row 2 --minutes 10 --seed 7 --short`.
import { parseArgs } from 'node:util';
import { matrix } from './matrix.ts';
import { lineOf } from './report.ts';
import { play } from './row.ts';

const { values } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    short: { type: 'boolean', default: false },
  },
});
const wanted = values.row;
const options = { short: values.short, minutes: Number(values.minutes), seed: Number(values.seed) };

let failures = 0;
for (const row of matrix) {
  if (wanted !== undefined && !wanted.includes(String(row.number))) continue;
  const reason = 'run' in row && row.cannotRun?.();
  if (reason) {
    console.log(`${String(row.number).padStart(3)} skip  ${row.fault}: ${reason}`);
    continue;
  }
  try {
    console.log(lineOf(row, 'run' in row ? await play(row, options) : undefined));
  } catch (error) {
    failures++;
    console.log(lineOf(row, error as Error));
    console.error(error);
  }
}
process.exit(failures === 0 ? 0 : 1);
