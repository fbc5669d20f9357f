import type { TestContext } from 'node:test';
import { type Options, type RawRequests, rawRequests, type Stats } from '../../../src/index.ts';
import { listen } from '../server.ts';
import { until } from '../within.ts';

export interface Sender {
  readonly recorder: RawRequests;
  /** Makes that many recorded requests, one after the other. */
  request(count: number, headers?: Record<string, string>): Promise<void>;
  /** The same, concurrently. */
  requestAtOnce(count: number): Promise<void>;
  /** Flushes until the ledger meets the condition. */
  until(holds: (stats: Stats) => boolean): Promise<void>;
}

/** A recorded server whose requests are delivered at once, until the test ends. */
export async function sender(t: TestContext, options: Options): Promise<Sender> {
  const recorder = rawRequests({
    database: 'requests',
    flushIntervalMs: 10,
    logLevel: 'silent',
    exitTimeoutMs: 500,
    ...options,
  });
  t.after(() => recorder.close());
  const { url } = await listen(t, (req, res) => {
    recorder(req, res);
    res.end();
  });
  return {
    recorder,
    request: async (count, headers = {}) => {
      for (let i = 0; i < count; i++) await (await fetch(url, { headers })).text();
    },
    requestAtOnce: async (count) => {
      await Promise.all(Array.from({ length: count }, async () => (await fetch(url)).text()));
    },
    until: (holds) =>
      until(async () => {
        await recorder.flush();
        return holds(recorder.stats());
      }, 'the ledger is as it should be'),
  };
}
