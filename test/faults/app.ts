import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { type Options, rawRequests, type Stats } from '../../src/index.ts';
import { NO_STATS } from '../../src/record/ledger.ts';
import { within } from '../support/within.ts';
import type { Scene } from './row.ts';
import { type Door, route, type Sample, serve } from './server.ts';

const PROGRAM = fileURLToPath(new URL('./program.js', import.meta.url));
const LIBRARY = new URL('../../src/index.js', import.meta.url).href;
const SETTLE_MS = 60_000;
const LOAD_MS = 60_000;

/** An application whose requests are recorded. */
export interface App {
  readonly url: string;
  readonly pid: number;
  /** The last word of each of its processes. */
  samples(): Sample[];
  /** All its log so far, a line each. */
  log(): string[];
  /** Has it try to deliver at once. */
  flush(): void;
  /** Waits until it has had so many requests and has delivered all; each look is a reason to try at once. */
  settled(requests?: number): Promise<void>;
  /** Sends it one that does not end it. */
  signal(signal: NodeJS.Signals): void;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Has it exit by itself; returns how long its `exit` event took, in ms, and its status. */
  exit(): Promise<{ ms: number; status: number | null }>;
}

export interface AppOptions {
  readonly env: Record<string, string>;
  /** Of a cluster; 0 for none. */
  readonly workers?: number;
  readonly execArgv?: string[];
  /** How the library comes into it. @default 'middleware' */
  readonly door?: Door;
  /** A command that runs Node under other conditions: `['prlimit', '--nofile=64']`. */
  readonly under?: readonly string[];
  /** A copy of the library to use instead. */
  readonly library?: string;
}

/** An application in processes of its own. */
export async function startApp(
  scene: Scene,
  { env, workers = 0, execArgv = [], library = LIBRARY, door = 'middleware', under = [] }: AppOptions,
): Promise<App> {
  const [command, ...args] = [
    ...under,
    process.execPath,
    ...execArgv,
    ...(door === 'register' ? ['--import', new URL('register.js', library).href] : []),
    PROGRAM,
    String(workers),
    door,
    library,
  ];
  const child = spawn(command!, args, {
    env: { ...process.env, INFLUX_DATABASE: 'requests', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  scene.after(() => child.kill('SIGKILL'));
  const output = collect(child);
  const last = new Map<number, Sample>();
  child.on('message', ({ sample }: { sample?: Sample }) => {
    if (sample !== undefined) last.set(sample.pid, sample);
  });
  const ended = once(child, 'close');
  const port = await within(
    Promise.race([
      listening(child),
      ended.then(([status]) => assert.fail(`it ended with status ${status}: ${output.stderr()}`)),
    ]),
    'the application listens',
  );
  const flush = () => {
    assert.ok(child.connected, `the application has ended: ${output.stderr()}`);
    child.send('flush', () => {});
  };
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    samples: () => [...last.values()],
    log: () => output.stderr().split('\n').filter(Boolean),
    flush,
    settled: (requests) => settled(() => [...last.values()], flush, requests),
    signal: (signal) => void child.kill(signal),
    kill: async (signal) => {
      child.kill(signal);
      await within(ended, `the application ends by ${signal}`);
    },
    exit: async () => {
      child.send('exit');
      const [status] = await within(ended, 'the application exits');
      return { ms: Number(/exit took (\d+) ms/.exec(output.stdout())?.[1]), status };
    },
  };
}

/** An application in this process, for faults that need no other one. */
export async function startHere(scene: Scene, options: Options): Promise<App> {
  const record = rawRequests({ database: 'requests', logLevel: 'silent', route, ...options });
  const server = await serve('middleware', record);
  scene.after(() => server.close());
  const flush = () => void record.flush();
  return {
    url: `http://127.0.0.1:${server.port}`,
    pid: process.pid,
    samples: () => [server.sample()],
    log: () => [],
    flush,
    settled: (requests) => settled(() => [server.sample()], flush, requests),
    signal: () => assert.fail('not this process'),
    kill: () => assert.fail('not this process'),
    exit: () => assert.fail('not this process'),
  };
}

/** All that its processes say, as one. */
export function total(app: App): Sample {
  return sum(app.samples());
}

export function sum(samples: readonly Sample[]): Sample {
  return samples.reduce(
    (one, other) => ({
      pid: other.pid,
      broken: one.broken ?? other.broken,
      served: one.served + other.served,
      rss: one.rss + other.rss,
      recorded: one.recorded + other.recorded,
      acknowledged: one.acknowledged + other.acknowledged,
      queued: one.queued + other.queued,
      spooled: one.spooled + other.spooled,
      dropped: one.dropped + other.dropped,
      unknown: one.unknown + other.unknown,
      rejected: one.rejected + other.rejected,
      hookErrors: one.hookErrors + other.hookErrors,
      internalErrors: one.internalErrors + other.internalErrors,
      queueTimeErrors: one.queueTimeErrors + other.queueTimeErrors,
      recovered: one.recovered + other.recovered,
    }),
    NOTHING_YET,
  );
}

/** Before an application has said its first word. */
const NOTHING_YET: Sample = { ...NO_STATS, pid: 0, broken: undefined, served: 0, rss: 0 };

export function ledger(sample: Stats): string {
  const { acknowledged, queued, spooled, dropped, unknown, rejected, recovered } = sample;
  const parts = Object.entries({ acknowledged, queued, spooled, dropped, unknown, rejected, recovered });
  return parts
    .filter(([, lines]) => lines > 0)
    .map(([name, lines]) => `${name} ${lines}`)
    .join(' ');
}

export interface Load {
  /** Exactly so many requests. */
  readonly amount: number;
  /** Requests per second; as fast as it goes, if there is none. */
  readonly rate?: number;
  readonly connections?: number;
  /** How long a client waits for an answer, s. */
  readonly timeout?: number;
  /** Has a path of its own for each request, that does not compress. */
  readonly randomPaths?: boolean;
  readonly path?: string;
}

export interface Loaded {
  readonly answered: number;
  readonly perSecond: number;
  readonly p99: number;
}

export async function load(app: App, options: Load): Promise<Loaded> {
  const { amount, rate, connections = 10, timeout = 10, randomPaths = false, path } = options;
  const start = performance.now();
  const result = await within(
    autocannon({
      url: app.url,
      amount,
      connections: Math.min(connections, amount),
      timeout,
      ...(rate === undefined ? {} : { overallRate: rate }),
      ...(path === undefined ? {} : { requests: [{ path }] }),
      ...(randomPaths
        ? { requests: [{ setupRequest: (request) => ({ ...request, path: `/${randomText()}` }) }] }
        : {}),
    }),
    `${amount} requests are answered`,
    LOAD_MS + (rate === undefined ? 0 : (2000 * amount) / rate),
  );
  const seconds = (performance.now() - start) / 1000;
  assert.equal(result.errors + result.timeouts + result.non2xx, 0, 'each request is answered with 200');
  return {
    answered: result['2xx'],
    perSecond: Math.round(result['2xx'] / seconds),
    p99: result.latency.p99,
  };
}

/** Makes a few requests, one after the other. */
export async function request(
  app: App,
  amount: number,
  headers: Record<string, string> = {},
): Promise<number> {
  for (let made = 0; made < amount; made++) {
    const response = fetch(app.url, { headers }).then((answer) => answer.text());
    assert.equal(await within(response, 'a request is answered'), 'ok');
  }
  return amount;
}

async function settled(samples: () => Sample[], flush: () => void, requests = 0): Promise<void> {
  const isSettled = () => {
    if (samples().length === 0) return false;
    const { served, recorded, queued, spooled } = sum(samples());
    return served >= requests && recorded === served && queued + spooled === 0;
  };
  const deadline = Date.now() + SETTLE_MS;
  while (!isSettled()) {
    assert.ok(Date.now() < deadline, `all is delivered: ${samples().map(ledger)}`);
    flush();
    await sleep(100);
  }
}

function collect(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  return { stdout: () => stdout, stderr: () => stderr };
}

/** One listener for all: of messages that come together, `once` in a loop sees only the first. */
function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', ({ port }: { port?: number }) => port !== undefined && resolve(port));
  });
}

function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(600))).toString('base64url');
}
