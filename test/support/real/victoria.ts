import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findOnPath } from '../../../src/cli/demo/place/influxd.ts';
import { until } from '../within.ts';

export interface Victoria {
  readonly url: string;
  /** The values of a metric, as soon as there are `count` of them: written points become visible later. */
  values(metric: string, count: number): Promise<Series[]>;
}

export interface Series {
  readonly labels: Record<string, string>;
  readonly values: number[];
}

/** A real VictoriaMetrics, for `/api/v2/write`, until the test ends. */
export async function victoriaMetrics(t: TestContext): Promise<Victoria> {
  const binary = findOnPath('victoria-metrics');
  if (binary === undefined)
    throw new Error('There is no `victoria-metrics` on the PATH. Run `npm run setup` first.');
  const folder = await mkdtemp(join(tmpdir(), 'raw-requests-victoria-'));
  const port = await freePort();
  const flags = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-loggerLevel=ERROR',
    '-memory.allowedBytes=256MB',
  ];
  const child = spawn(binary, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  t.after(async () => {
    process.off('exit', kill);
    const ended = child.exitCode !== null || once(child, 'exit');
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  });

  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => child.exitCode !== null || (await answers(`${url}/health`));
  await until(isUp, 'victoria-metrics has started');
  if (child.exitCode !== null) throw new Error(`victoria-metrics did not start:\n${log}`);
  return {
    url,
    values: async (metric, count) => {
      let series: Series[] = [];
      await until(async () => {
        series = await seriesOf(url, metric);
        return series.reduce((sum, { values }) => sum + values.length, 0) >= count;
      }, `${count} values of ${metric} are found`);
      return series;
    },
  };
}

async function seriesOf(url: string, metric: string): Promise<Series[]> {
  const query = new URLSearchParams({ 'match[]': `{__name__=${JSON.stringify(metric)}}` });
  await fetch(`${url}/internal/force_flush`);
  const text = await (await fetch(`${url}/api/v1/export?${query}`)).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map(({ metric: labels, values }) => ({ labels, values }));
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
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
