import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Stats } from '../../src/index.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import { withoutThreads } from '../support/run.ts';
import { EntryWalk, OF_THE_VIEW, type Way } from './entry-walk.ts';
import type { Instrumented } from './instrument.ts';

// The entries of the view are in view-entries.slow.test.ts.

const APPLICATION = fileURLToPath(new URL('../fixtures/every-entry.js', import.meta.url));

/** Entries that take a second or so to come by, which they do all together. */
const TIMED: readonly RegExp[] = [/the (?:clock|sample) timer/, /a reading of /];

/** A round that takes longer, and still gives the right answers, is named. */
const LONG_SECONDS = 10;

/** What ends a delivery, of which the next one starts later each time: these have programs of their own. */
const DEADLY = /^export\/thread\//;

const BY_FRAMEWORKS = 'its framework is installed by `npm run test:frameworks` only';

/** What no test comes by, each with the reason. */
const UNREACHED: Readonly<Record<string, string>> = {
  'capture/builds/nitro.js: the route of a request of Nitro': BY_FRAMEWORKS,
  'capture/builds/nuxt-pages.js: the route of a page': BY_FRAMEWORKS,
  'capture/frameworks/adonis.js: the route of a request of AdonisJS': BY_FRAMEWORKS,
  'capture/frameworks/h3.js: the route of a request of h3': BY_FRAMEWORKS,
  'capture/frameworks/tinyhttp.js: the route of a tinyhttp request': BY_FRAMEWORKS,
  'observe-servers.js: the check': 'the code of the check has to be missing',
  'export/connect/connection.js: a proxy that does not answer': 'programs end no later than it comes',
  'export/delivery-log.js: the timer of the log': 'it comes after a minute',
  'export/spool/spool-stage.js: the look for other spools': 'it comes after half a minute',
};

const WAYS: Readonly<Record<string, Way>> = {
  waits: {},
  exit: {},
  thread: {},
  signal: { env: { RAW_REQUESTS_HANDLE_SIGNALS: 'on' } },
  close: {},
  'close without threads': { args: withoutThreads() },
  'close, while lines are refused': {
    answer: (_write, res) => void res.writeHead(400).end('no'),
    env: { RAW_REQUESTS_EXIT_TIMEOUT_MS: '4000' },
  },
  'close, while nothing is answered': {
    answer: () => {},
    env: { RAW_REQUESTS_EXIT_TIMEOUT_MS: '4000' },
  },
  'close, before an answer comes': {
    answer: () => {},
    spools: true,
    env: { RAW_REQUESTS_TIMEOUT_MS: '60000', RAW_REQUESTS_EXIT_TIMEOUT_MS: '3000' },
  },
  'close, after handlers of functions and of fetch': {},
  'close, through a proxy': { behindProxy: true, env: { RAW_REQUESTS_EXIT_TIMEOUT_MS: '10000' } },
  'close, while there is no proxy': {
    env: {
      INFLUX_URL: 'http://database.example',
      HTTP_PROXY: 'http://127.0.0.1:1',
      RAW_REQUESTS_EXIT_TIMEOUT_MS: '4000',
    },
  },
  'close, while there is no database': { env: { INFLUX_URL: 'http://127.0.0.1:1' } },
};

test('each entry of the library, made to throw', async (t) => {
  const walk = new EntryWalk(t);

  await t.test('costs an application under requests of all kinds nothing; the ledger adds up', async (t) => {
    const influx = await fakeInflux(t);
    const round = await application(t, walk.library, influx);
    const intact = await round(1200);
    const rows = rowsOf(walk.library.entered().filter((entry) => !DEADLY.test(entry)));
    await walk.walk([walk.library], rows, async (_library, row) => {
      const start = performance.now();
      const { seen, stats } = await round(TIMED.some((timed) => timed.test(row)) ? 1200 : 50);
      const seconds = (performance.now() - start) / 1e3;
      if (seconds > LONG_SECONDS) t.diagnostic(`a round took ${seconds.toFixed(1)} s: ${row}`);
      assert.deepEqual(seen, intact.seen, row);
      addsUp(stats, row);
    });

    let last = await round(0);
    while (last.stats.queued > 0) last = await round(500);
    addsUp(last.stats);
    const { internalErrors, acknowledged, unknown } = last.stats;
    assert.ok(internalErrors >= walk.reached.size);
    const points = influx.points.filter(({ measurement }) => measurement === 'raw-requests');
    const stored = new Set(points.map(({ fields }) => fields.sequence)).size;
    assert.ok(acknowledged <= stored && stored <= acknowledged + unknown, `${stored} stored`);
  });

  for (const [way, how] of Object.entries(WAYS))
    await t.test(`does not change how a program ends: ${way}`, (t) => walk.ends(t, way, how));

  await t.test('is every one that there is', () => {
    const missing = walk.library.entries.filter(
      (entry) => !walk.reached.has(entry) && !(entry in UNREACHED) && !OF_THE_VIEW.test(entry),
    );
    assert.deepEqual(missing, []);
  });
});

function rowsOf(entries: readonly string[]): string[][] {
  const together = TIMED.map((timed) => entries.filter((entry) => timed.test(entry)));
  return [
    ...entries.filter((entry) => !together.flat().includes(entry)).map((entry) => [entry]),
    ...together,
  ];
}

interface Round {
  readonly seen: unknown;
  readonly stats: Stats;
}

/** An application that is recorded, and serves requests of all kinds each time that this is called. */
async function application(t: TestContext, { library }: Instrumented, influx: FakeInflux) {
  const child = fork(APPLICATION, [library], {
    env: {
      ...process.env,
      INFLUX_URL: influx.url,
      INFLUX_DATABASE: 'requests',
      RAW_REQUESTS_TIMEOUT_MS: '300',
      RAW_REQUESTS_FLUSH_INTERVAL_MS: '20',
      RAW_REQUESTS_LOG_LEVEL: 'silent',
      RAW_REQUESTS_CHECK: 'on',
    },
  });
  t.after(() => child.kill());
  const ended = once(child, 'exit').then(([status]) => assert.fail(`it ended with status ${status}`));
  ended.catch(() => {});
  const message = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  await message();
  return async (waitMs: number): Promise<Round> => {
    child.send(waitMs);
    return message();
  };
}

function addsUp(stats: Stats, message?: string): void {
  const { recorded, acknowledged, queued, spooled, dropped, unknown, rejected } = stats;
  assert.equal(acknowledged + queued + spooled + dropped + unknown + rejected, recorded, message);
}
