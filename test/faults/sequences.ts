import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { rawRequests } from '../../src/index.ts';
import { temporaryFolder } from '../support/spooling.ts';
import { until } from '../support/within.ts';
import {
  answer,
  hang,
  reset,
  storeAndAnswer,
  storeAndHang,
  storeAndReset,
  storeHalfAndReset,
  tooLarge,
} from './behaviours.ts';
import { type Behaviour, openGate, pass } from './gate.ts';
import type { Scene } from './row.ts';
import { addsUp, serve } from './server.ts';

/** What a database may do with a write. */
const SERVERS: Readonly<Record<string, Behaviour>> = {
  pass,
  hang,
  'store and hang': storeAndHang,
  reset,
  'store and reset': storeAndReset,
  'store half and reset': storeHalfAndReset,
  'store, 500': storeAndAnswer(500),
  201: storeAndAnswer(201),
  '200, 503': ({ attempt, ...exchange }) => answer(attempt % 2 === 0 ? 200 : 503)({ attempt, ...exchange }),
  '401, 404': ({ attempt, ...exchange }) => answer(attempt % 2 === 0 ? 401 : 404)({ attempt, ...exchange }),
  429: answer(429, { 'retry-after': '1' }),
  413: tooLarge(3),
};

/** One step of a sequence. */
type Step =
  | { readonly kind: 'load'; readonly requests: number }
  | { readonly kind: 'server'; readonly name: string }
  | { readonly kind: 'flush' | 'kill' }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('load' as const), requests: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('server' as const),
      name: fc.constantFrom(...Object.keys(SERVERS)),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 200 }) }),
  },
);

const scenario = fc.record({
  /** How the server treats lines: every `badEvery`th request is one that it can never take; 0: it takes all. */
  badEvery: fc.constantFrom(0, 0, 7),
  /** Whether it stores the others of a write with such a line, as InfluxDB 1.x does. */
  partial: fc.boolean(),
  withSpool: fc.boolean(),
  steps: fc.array(step, { minLength: 3, maxLength: 15 }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/**
 * Random sequences of what a server does, of threads that die, of loads and flushes, with and without a spool. The
 * ledger adds up all the time; when the server is well again, it holds what the ledger says, once, and nothing else.
 */
export async function assertNothingLost(
  scene: Pick<Scene, 'after'>,
  { runs, seed }: { runs: number; seed: number },
): Promise<{ recorded: number; rejected: number }> {
  const sum = { recorded: 0, rejected: 0 };
  await fc.assert(
    fc.asyncProperty(scenario, async (one) => {
      const { recorded, rejected } = await playScenario(scene, one);
      sum.recorded += recorded;
      sum.rejected += rejected;
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  return sum;
}

async function playScenario(
  scene: Pick<Scene, 'after'>,
  { badEvery, partial, withSpool, steps }: Scenario,
): Promise<{ recorded: number; rejected: number }> {
  const database = new Database(badEvery, partial);
  const gate = await openGate(scene, (lines) => database.store(lines), pass);
  let thread: Worker | undefined;
  const threadStarts = (worker: Worker) => {
    thread = worker;
  };
  process.on('worker', threadStarts);
  const record = rawRequests({
    url: gate.url,
    database: 'requests',
    flushIntervalMs: 10,
    batchLines: 10,
    timeoutMs: 100,
    logLevel: 'silent',
    ...(withSpool ? { spoolDir: temporaryFolder(scene) } : {}),
  });
  const server = await serve('middleware', record);
  const look = () => assert.ok(addsUp(record.stats()), JSON.stringify(record.stats()));
  try {
    for (const step of steps) {
      if (step.kind === 'load') {
        for (let request = 0; request < step.requests; request++)
          await (await fetch(`http://127.0.0.1:${server.port}`)).text();
      } else if (step.kind === 'server') gate.behave = SERVERS[step.name]!;
      else if (step.kind === 'wait') await sleep(step.ms);
      else if (step.kind === 'flush') await record.flush();
      else if (thread !== undefined) await thread.terminate();
      look();
    }
    gate.behave = pass;
    await until(
      () => {
        void record.flush();
        look();
        return record.stats().queued + record.stats().spooled === 0;
      },
      `all is delivered: ${JSON.stringify(record.stats())}`,
      20_000,
    );
    const { broken, served, recorded, ...fate } = server.sample();
    assert.equal(broken, undefined);
    assert.equal(recorded, served);
    assert.equal(fate.dropped + fate.unknown, 0, 'there was room for all');
    const bad = badEvery === 0 ? 0 : Math.floor(recorded / badEvery);
    assert.deepEqual([fate.rejected, fate.acknowledged], [bad, recorded - bad]);
    database.assertHolds(recorded);
    return { recorded, rejected: fate.rejected };
  } finally {
    process.off('worker', threadStarts);
    await server.close();
  }
}

/** As much of a database as matters here: a line that is stored again is the same point. */
class Database {
  readonly #badEvery: number;
  readonly #partial: boolean;
  readonly #lines = new Set<string>();

  constructor(badEvery: number, partial: boolean) {
    this.#badEvery = badEvery;
    this.#partial = partial;
  }

  async store(lines: string[]): Promise<{ status: number; said: string }> {
    const good = lines.filter((line) => !this.#isBad(line));
    const bad = lines.length - good.length;
    if (bad === 0 || this.#partial) for (const line of good) this.#lines.add(line);
    if (bad === 0) return { status: 204, said: '' };
    return { status: 400, said: this.#partial ? `partial write: on purpose dropped=${bad}` : 'on purpose' };
  }

  /** Each of the requests from 1 to `last` is one point, but for those that are bad. */
  assertHolds(last: number): void {
    const points = [...this.#lines].filter((line) => line.startsWith('raw-requests,'));
    const numbers = points.map((line) => sequenceOf(line)).sort((a, b) => a - b);
    const all = Array.from({ length: last }, (_, index) => index + 1);
    assert.deepEqual(
      numbers,
      all.filter((number) => this.#badEvery === 0 || number % this.#badEvery !== 0),
    );
  }

  #isBad(line: string): boolean {
    return this.#badEvery > 0 && line.startsWith('raw-requests,') && sequenceOf(line) % this.#badEvery === 0;
  }
}

function sequenceOf(line: string): number {
  return Number(/sequence=(\d+)i/.exec(line)![1]);
}
