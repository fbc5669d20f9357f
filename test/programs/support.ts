import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { influxdb } from '../support/real/influx.ts';
import { proxy } from './proxy.ts';

const programs = fileURLToPath(new URL('../../../test/programs/', import.meta.url));

/** The file of a sample. */
export function sample(name: string): string {
  return join(programs, 'samples', name);
}

/** Lets a folder use the packages that are installed here. */
export function linkModules(folder: string): void {
  symlinkSync(join(programs, 'node_modules'), join(folder, 'node_modules'));
}

/** The file of a program that is installed here. */
export function installed(path: string): string {
  return join(programs, 'node_modules', path);
}

/** An empty folder, until the test ends. */
export function temporary(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'raw-requests-program-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A folder with files, until the test ends. */
export function folder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const path = temporary(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

/** One request, as the client's side and as the database have it. */
export interface Seen {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: string;
}

export interface Point extends Seen {
  readonly route: string;
  readonly outcome: string;
}

export interface Program {
  /** Of a proxy in front of it, which counts what passes. */
  readonly url: string;
  readonly host: string;
  /** What passed the proxy and was answered. */
  readonly seen: readonly Seen[];
  /** CPU time so far, in ms, and the most memory that it held, in MB. Linux only. */
  usage(): { readonly cpuMs: number; readonly peakMb: number };
  /** Sends SIGTERM; how it ended: its exit code or signal. */
  end(): Promise<string>;
  /** The number of points, as soon as it is as many as were seen; after 10 s, what it is. */
  count(): Promise<number>;
  /** All that InfluxDB holds, as soon as it holds as much as was seen; after 10 s, what it holds. */
  points(): Promise<Point[]>;
}

/** Starts a program as `node --import raw-requests/register <args>` does; it ends with the test. */
export async function start(
  t: TestContext,
  args: (port: number) => string[],
  {
    cwd = temporary(t),
    env = {},
    node = process.execPath,
    recorded = true,
  }: { cwd?: string; env?: Readonly<Record<string, string>>; node?: string; recorded?: boolean } = {},
): Promise<Program> {
  const influx = await influxdb(t);
  const port = await freePort();
  const preload = recorded ? ['--import', import.meta.resolve('raw-requests/register')] : [];
  const child = spawn(node, [...preload, ...args(port)], {
    cwd,
    env: {
      ...process.env,
      PORT: String(port),
      INFLUX_URL: influx.url,
      INFLUX_DATABASE: 'requests',
      RAW_REQUESTS_PATH: 'on',
      RAW_REQUESTS_FLUSH_INTERVAL_MS: '50',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own: it ends with all that it starts
  });
  t.after(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  await listening(child, port);
  const { seen, host } = await proxy(t, port);
  return {
    url: `http://${host}`,
    host,
    seen,
    usage: () => usageOf(child.pid!),
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code, signal] = await ended;
      return String(code ?? signal);
    },
    count: async () => {
      const query = 'SELECT COUNT("sequence") AS "n" FROM "raw-requests"';
      const count = async () => Number((await influx.query(query, 'requests'))[0]?.n ?? 0);
      return settled(count, seen.length);
    },
    points: async () => {
      const query = 'SELECT "sequence", "method", "path", "status", "route", "outcome" FROM "raw-requests"';
      let rows: Point[] = [];
      await settled(async () => {
        rows = (await influx.query(query, 'requests')) as unknown as Point[];
        return rows.length;
      }, seen.length);
      return rows;
    },
  };
}

/** What a count has become when it has reached `expected`, or after 10 s; with what is there too often. */
async function settled(count: () => Promise<number>, expected: number): Promise<number> {
  const deadline = Date.now() + 10_000;
  while ((await count()) < expected && Date.now() < deadline) await sleep(50);
  await sleep(200);
  return count();
}

function usageOf(pid: number): { cpuMs: number; peakMb: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const tickMs = 10; // of Linux
  return { cpuMs: (Number(user) + Number(system)) * tickMs, peakMb: Number(peak) / 1024 };
}

/** A request without a request: the port takes connections. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const deadline = Date.now() + 30_000;
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const connected = await new Promise((resolve) => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    socket.destroy();
    if (connected) return;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it does not listen:\n${output}`);
    await sleep(50);
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
