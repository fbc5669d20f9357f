import { parseArgs } from 'node:util';
import type { MixedLoad } from './memory/load.ts';
import type { Memory } from './memory/server.ts';
import { Helper } from './process.ts';
import type { Received } from './sink.ts';
import { number, table } from './table.ts';

// Whether memory stays flat: the same server with and without recording, loaded in turns, each its own process.

const USAGE = `npm run bench:memory -- [options]
  --requests <count>       1000000; to each server
  --samples <count>        20; how often memory is looked at, after its garbage was collected
  --connections <count>    32
  --express                routes of Express 5 in place of node:http
  --upgrades               WebSockets that are opened and closed, recorded by register, in place of other requests`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '20' },
    connections: { type: 'string', default: '32' },
    express: { type: 'boolean', default: false },
    upgrades: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await main();

type Server = Helper<'sample', Memory>;

async function main(): Promise<void> {
  const samples = Number(values.samples);
  const connections = Number(values.connections);
  const requests = Math.ceil(Number(values.requests) / samples);
  const load = await Helper.start<MixedLoad, void>('memory/load.js');
  const sink = await Helper.start<'received', Received>('sink.js');
  const { url } = await sink.ask('received');
  const { express, upgrades } = values;
  const flags = [...(express ? ['--express'] : []), ...(upgrades ? ['--upgrades'] : [])];
  const servers: readonly Server[] = [
    await Helper.start('memory/server.js', flags),
    await Helper.start('memory/server.js', [...flags, '--sink', url]),
  ];

  const series: Memory[][] = servers.map(() => []);
  for (let sample = 0; sample < samples; sample++) {
    for (const [index, server] of servers.entries()) {
      const { port } = series[index]!.at(-1) ?? (await server.ask('sample'));
      await load.ask({ port, connections, requests, upgrades });
      const memory = await server.ask('sample');
      series[index]!.push(memory);
      const { stats, inFlight } = memory;
      if (inFlight > 0)
        throw new Error(`${inFlight} requests are in flight, but all connections have closed`);
      if (stats !== undefined && (stats.recorded !== memory.seen || stats.acknowledged !== memory.seen))
        throw new Error(`${memory.seen} requests were seen, but the ledger says ${JSON.stringify(stats)}`);
    }
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${sample + 1} of ${samples}`);
  }
  for (const helper of [load, sink, ...servers]) await helper.stop();
  report(series[0]!, series[1]!);
}

function report(off: readonly Memory[], on: readonly Memory[]): void {
  console.log(`\nMemory after garbage collection, MB: without | with recording\n`);
  const head = ['requests', 'heap', '', 'external', '', 'RSS', '', 'worker'];
  const mb = (bytes: number, digits = 2) => number(bytes / 2 ** 20, digits);
  const rows = on.map((with_, index) => {
    const without = off[index]!;
    return [
      `${with_.seen}`,
      ...[mb(without.heap), mb(with_.heap), mb(without.external), mb(with_.external)],
      ...[mb(without.rss, 1), mb(with_.rss, 1), mb(with_.worker)],
    ];
  });
  console.log(table(head, rows));

  console.log(
    '\nGrowth from a quarter of the requests to all, bytes per request: without | with recording\n',
  );
  const growth = (series: readonly Memory[], figure: 'heap' | 'external' | 'rss' | 'worker') => {
    const [from, to] = [series[Math.ceil(series.length / 4) - 1]!, series.at(-1)!];
    return number((to[figure] - from[figure]) / (to.seen - from.seen), 2);
  };
  console.log(
    table(
      ['', 'without', 'with'],
      (['heap', 'external', 'rss', 'worker'] as const).map((figure) => [
        figure,
        growth(off, figure),
        growth(on, figure),
      ]),
    ),
  );
}
