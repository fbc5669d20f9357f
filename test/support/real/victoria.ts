import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOnPath } from '../../../src/cli/demo/place/influxd.ts';

export interface Victoria {
  readonly url: string;
  /**
   * The values of a metric, one list per series, with the series' labels, as soon as there are `count` of them. What was
   * written is not found at once; after 15 s, what there is.
   */
  values(metric: string, count: number): Promise<{ labels: Record<string, string>; values: number[] }[]>;
}

/** A real VictoriaMetrics, which speaks `/api/v2/write`, until the test ends. */
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
  const deadline = Date.now() + 20_000;
  while (!(await answers(`${url}/health`))) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`victoria-metrics did not start:\n${log}`);
    await sleep(20);
  }
  return {
    url,
    values: async (metric, count) => {
      const query = new URLSearchParams({ 'match[]': `{__name__=${JSON.stringify(metric)}}` });
      const deadline = Date.now() + 15_000;
      for (;;) {
        await fetch(`${url}/internal/force_flush`);
        const text = await (await fetch(`${url}/api/v1/export?${query}`)).text();
        const series = text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
          .map(({ metric: labels, values }) => ({ labels, values }));
        const found = series.reduce((sum, { values }) => sum + values.length, 0);
        if (found >= count || Date.now() > deadline) return series;
        await sleep(100);
      }
    },
  };
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
