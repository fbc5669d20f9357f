import { execFileSync } from 'node:child_process';
import { spread } from '../statistics.ts';
import { spreadText, table } from '../table.ts';

// What the package adds to the start of a process, as it is published.

const ROUNDS = 15;

const url = (path: string) => new URL(`../../../../dist/${path}`, import.meta.url).href;
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  'Node alone': [],
  "import 'raw-requests'": ['--import', url('index.js')],
  'node --import raw-requests/register': ['--import', url('register.js')],
};

/** Measures the CPU time of processes that end at once, in turns, and returns a table. */
export function startCosts(): string {
  const times = new Map(Object.keys(PROGRAMS).map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, args] of Object.entries(PROGRAMS)) times.get(name)!.push(cpuMs(args));
  const rows = [...times].map(([name, ms]) => [name, spreadText(spread(ms.map((one) => [one])), 0)]);
  return table(['start of a process', 'CPU, ms'], rows);
}

function cpuMs(args: readonly string[]): number {
  const program = 'const { user, system } = process.cpuUsage(); console.log(user + system)';
  const env = { ...process.env, INFLUX_URL: 'http://127.0.0.1:1', INFLUX_DATABASE: 'bench' };
  return Number(execFileSync(process.execPath, [...args, '-e', program], { env })) / 1e3;
}
