import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { LineProtocolParser } from '../../src/view/store/line-protocol/body-parser.ts';
import { Store } from '../../src/view/store/store.ts';
import { spread } from './statistics.ts';
import { number, spreadText, table } from './table.ts';
import { holdCosts } from './viewer/hold.ts';
import { pageCosts } from './viewer/page.ts';

// What the live view costs: how many lines per second it takes, and how much memory it needs.

const LINES = 50_000;
const BODY_LINES = 5000;
const HELD = 1_000_000;
const ROUNDS = 12;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { model } = cpus()[0] ?? { model: 'unknown CPU' };
  console.log(
    `${model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${process.platform}\n`,
  );
  console.log(scanCosts());
  console.log();
  console.log(await holdCosts());
  console.log();
  console.log(await serverCosts());
  console.log();
  console.log(await pageCosts());
}

/** How fast line protocol is read, and read and kept, in this thread; returns a table. */
export function scanCosts(): string {
  const rows = [
    ['as this library writes it', (i: number) => line(i)] as const,
    ['with path and trace id', (i: number) => line(i, true)] as const,
    ['a new route each', (i: number) => line(i, false, `/flood/${i}`)] as const,
  ].map(([name, make]) => {
    const body = Buffer.from(Array.from({ length: LINES }, (_, i) => make(i)).join(''));
    const scanner = new LineProtocolParser();
    const store = new Store(HELD);
    const scan = rates(() => scanner.parse(body, 1n, 0n, () => undefined));
    const keep = rates(() => store.write(body, 1n));
    const perLine = number(body.length / LINES, 0);
    return [name, perLine, spreadText(spread(scan), 2), spreadText(spread(keep), 2)];
  });
  return table(['a body of lines', 'bytes per line', 'read, M lines/s', 'read and kept, M lines/s'], rows);
}

/** Millions of lines per second of each round. */
function rates(run: () => unknown): number[][] {
  run();
  return Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    run();
    return [LINES / (performance.now() - start) / 1e3];
  });
}

/** A real `raw-requests view` that is written to until it holds a million requests; returns a table. */
export async function serverCosts(): Promise<string> {
  const rows: string[][] = [];
  for (const [name, make] of [
    ['as this library writes it', (i: number) => line(i)],
    ['with path and trace id', (i: number) => line(i, true)],
    ['a new route each', (i: number) => line(i, false, `/flood/${i}`)],
    ['a new tag set each', (i: number) => line(i, false, '/', `,user=${i}`)],
    ['a new path each', (i: number) => line(i, true, '/', '', `/p/${i}`)],
  ] as const) {
    rows.push([name, ...(await fill(make))]);
  }
  return table(
    [
      'a million requests in',
      'lines/s',
      'CPU, s',
      'rss before, MB',
      'at a million',
      'at 1.5 million',
      'largest',
    ],
    rows,
  );
}

async function fill(make: (i: number) => string): Promise<string[]> {
  const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, 'view', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [first] = await once(child.stdout, 'data');
    const url = /http:\S+/.exec(`${first}`)![0];
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const before = memory(child);
    let ms = 0;
    const write = async (from: number, to: number) => {
      for (let i = from; i < to; i += 2 * BODY_LINES) {
        const bodies = [i, i + BODY_LINES].map((start) =>
          gzipSync(Array.from({ length: BODY_LINES }, (_, n) => make(start + n)).join(''), { level: 1 }),
        );
        const start = performance.now();
        await Promise.all(bodies.map((body) => post(`${url}/write?db=requests`, body, agent)));
        ms += performance.now() - start;
      }
    };
    await write(0, HELD);
    const perSecond = HELD / (ms / 1e3);
    const seconds = cpu(child);
    const full = memory(child);
    await write(HELD, 1.5 * HELD);
    const later = memory(child);
    agent.destroy();
    return [
      number(perSecond, 0),
      number(seconds, 1),
      ...[before.now, full.now, later.now, later.largest].map((bytes) => number(bytes / 1e6, 0)),
    ];
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }
}

function post(url: string, body: Buffer, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = http.request(
      url,
      { method: 'POST', agent, headers: { 'content-encoding': 'gzip' } },
      (res) => {
        res.resume();
        res.on('end', () => (res.statusCode === 204 ? resolve() : reject(new Error(`${res.statusCode}`))));
      },
    );
    req.on('error', reject);
    req.end(body);
  });
}

/** Resident memory of a process, on Linux. */
function memory({ pid }: ChildProcess): { now: number; largest: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
  return { now: kilobytes('VmRSS'), largest: kilobytes('VmHWM') };
}

/** CPU time of a process, s. */
function cpu({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function line(
  i: number,
  texts = false,
  route = `/tenants/:tenant/items${i % 20}/:item`,
  tags = '',
  path = '/a',
) {
  const time = 1_795_337_029_000_535_224n + BigInt(i) * 200_123n;
  const duration = (200_000 + ((i * 7919) % 100_000) * 77) / 1e9;
  const hex = (i + 1).toString(16).padStart(8, '0').repeat(4);
  return (
    `raw-requests,hostname=web-1,method=GET,outcome=finished,process=web-1:4711,route=${route},` +
    `status=${i % 5 ? 200 : 404},thread=0${tags},worker=0 application_time=${duration},bytes_in=0i,` +
    `bytes_out=${(i * 104_729) % 20_000}i,connection_requests=${1 + (i % 100)}i,first_byte_time=${duration * 0.9},in_flight=${1 + (i % 32)}i,` +
    `${texts ? `path="${path}",` : ''}sequence=${i + 1}i,slot=${1 + (i % 32)}i,` +
    `start_time=${time - BigInt(Math.round(duration * 1e9))}i${texts ? `,trace_id="${hex}"` : ''} ${time}\n`
  );
}
