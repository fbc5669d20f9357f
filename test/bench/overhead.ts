import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { perThread } from './overhead/cost.ts';
import { areInstalled, peers } from './overhead/peers/peers.ts';
import { measure, type Settings } from './overhead/rounds.ts';
import type { ServerName } from './overhead/servers.ts';
import { startCosts } from './overhead/start.ts';
import { catalog, short, type VariantName } from './overhead/variants.ts';
import { bareText, busyText, COSTS, delays } from './report/columns.ts';
import { writeDocument } from './report/document.ts';
import { type ServerRows, type Summary, summarize } from './report/summary.ts';
import { reportStages } from './stages/stages.ts';
import { table } from './table.ts';

// What recording costs a server: the same server with and without it, in turns, each its own process.

const USAGE = `npm run bench -- [options]
  --full                   all servers and variants, half an hour; else a few of them, in about three minutes
  --only <part>            servers, stages or start
  --server <names>         such as express,koa: servers whose name contains one of these; with all their variants
  --variant <names>        such as raw-requests,pino: variants whose name contains one of these, and the bare server
  --rounds <count>         3; each has fresh processes
  --seconds <count>        how long each server is loaded in a round, as fast as it goes and at each rate; 1.2
  --connections <count>    32
  --save <file>            .build/bench.json
  --before <file>          a saved run of stages: prints what has changed since
  --write                  writes docs/performance.md and its picture
  --from <file>            takes the figures of servers from a saved run`;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    server: { type: 'string' },
    variant: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1.2' },
    connections: { type: 'string', default: '32' },
    save: { type: 'string' },
    before: { type: 'string' },
    write: { type: 'boolean', default: false },
    from: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await main();

async function main(): Promise<void> {
  const isWanted = (part: string) => values.only === undefined || values.only === part;
  console.log(machine());
  if (!perThread) console.log('This system does not tell the CPU time of a single thread.');
  if (isWanted('servers')) {
    const summary = values.from === undefined ? await measureServers() : load(values.from);
    if (values.write) writeDocument(summary);
  }
  if (isWanted('stages')) {
    const before = values.before && load<Record<string, number>>(values.before);
    save(
      values.only === 'stages' && values.save ? values.save : '.build/bench-stages.json',
      await reportStages(before || undefined),
    );
  }
  if (isWanted('start')) console.log(`\n${startCosts()}`);
}

async function measureServers(): Promise<Summary> {
  const settings: Settings = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    rates: values.full ? [0.3, 0.6] : [0.3],
  };
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])];
  const servers: Partial<Record<ServerName, ServerRows>> = {};
  const date = new Date().toISOString().slice(0, 10);
  const summary: Summary = { machine: machine(), date, command: command.join(' '), settings, servers };
  for (const [server, variants] of chosen()) {
    try {
      servers[server] = summarize(await measure(server, variants, settings));
      report(server, servers[server], settings);
      save(values.save ?? '.build/bench.json', summary); // half an hour is long: what is done is kept
    } catch (error) {
      console.error(`\n${server}:`, error);
      process.exitCode = 1;
    }
  }
  return summary;
}

/** The servers and variants that were asked for. */
function chosen(): [ServerName, VariantName[]][] {
  const all = values.full || values.server !== undefined ? catalog : short;
  const isNamed = (name: string, parts: string | undefined) =>
    parts === undefined || parts.split(',').some((part) => name.toLowerCase().includes(part.toLowerCase()));
  const hasPeers = areInstalled();
  if (!hasPeers) console.log('Other packages are not installed: npm ci --prefix test/bench/peers');
  const entries = Object.entries(all) as [ServerName, VariantName[]][];
  return entries
    .filter(([server]) => isNamed(server, values.server))
    .map(([server, variants]) => {
      const wanted = (name: string) => name === 'bare' || isNamed(name, values.variant);
      return [server, variants.filter((name) => wanted(name) && (hasPeers || !Object.hasOwn(peers, name)))];
    });
}

function report(server: ServerName, rows: ServerRows, { rounds, connections, rates }: Settings): void {
  const entries = Object.entries(rows);
  const bare = rows.bare!;
  const line = (columns: typeof COSTS, shown = entries) =>
    table(
      ['', ...columns.map(([head]) => head)],
      shown.map(([name, row]) => [name, ...columns.map(([, cell]) => cell(row))]),
    );
  console.log(`\n${server}: ${connections} connections, medians of ${rounds} rounds. ${bareText(bare)}`);
  const warning = busyText(bare);
  if (warning !== undefined) console.log(warning);
  console.log(
    `Added to the bare server beside it, median (min .. max of the rounds)\n${line(COSTS, entries.slice(1))}`,
  );
  console.log(`At a part of the bare server's capacity\n${line(delays(rates))}`);
  const flush = rows['raw-requests']?.flushLongest?.value.median;
  if (flush !== undefined)
    console.log(`Longest flush of raw-requests on the main thread: ${flush.toFixed(2)} ms`);
}

function machine(): string {
  const { model } = cpus()[0] ?? { model: 'unknown CPU' };
  return `${model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${process.platform}`;
}

function load<T = Summary>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

function save(file: string, what: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(what, null, 1)}\n`);
}
