import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Stats } from '../../src/index.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import { run, withoutThreads } from '../support/run.ts';
import { temporaryFolder } from '../support/spooling.ts';
import { type Instrumented, instrument } from './instrument.ts';

const APPLICATION = fileURLToPath(new URL('../fixtures/every-entry.js', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../fixtures/last-entries.js', import.meta.url));

/** Entries that take a second or so to come by, which they do all together. */
const TIMED: readonly RegExp[] = [/the (?:clock|sample) timer/, /a reading of /];

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
  'export/delivery-log.js: the timer of the log': 'it comes after a minute',
  'export/send/identify-listener.js: a listener that does not answer':
    'the view has to start later than it is first looked for, as it mostly does',
  'export/spool/spool-stage.js: the look for other spools': 'it comes after half a minute',
  'view/server/early-answer.js: the end of a request to the view 2': 'a refused client has to go on for 2 s',
  'view/server/server.js: a request to the view 3': 'an answer has to take longer than the end of the view',
  'view/server/live-feed.js: a page of the view': 'a page has to be slower than the view',
  'view/server/view-host.js: the start of the live view 5': 'two processes have to start in the same moment',
};

type Check = (library: Instrumented, row: string) => Promise<void>;

interface Way {
  readonly args?: string[];
  readonly env?: Record<string, string>;
  readonly answer?: FakeInflux['answer'];
  readonly spools?: boolean;
}

const WAYS: Readonly<Record<string, Way>> = {
  waits: {},
  exit: {},
  thread: {},
  viewer: {},
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
  'close, while there is no database': { env: { INFLUX_URL: 'http://127.0.0.1:1' } },
  'close, with the view': { env: { RAW_REQUESTS: 'view', RAW_REQUESTS_VIEW_PORT: await freePort() } },
  'close, with a view whose port is in use': { env: { RAW_REQUESTS: 'view' } },
  'close, with nothing but a view whose port is in use': {
    env: { RAW_REQUESTS: 'view', INFLUX_URL: '', INFLUX_DATABASE: '' },
  },
};

test('each entry of the library, made to throw', async (t) => {
  const library = instrument(temporaryFolder(t));
  const lanes = [library, ...Array.from({ length: 3 }, () => library.copy(temporaryFolder(t)))];
  const reached = new Set<string>();

  /** Fails each row of entries, and with it whatever is entered only then; in several libraries at a time. */
  const walk = async (libraries: readonly Instrumented[], rows: readonly string[][], check: Check) => {
    const open = rows.filter((row) => row.some((entry) => !reached.has(entry)));
    const known = new Set(rows.flat());
    const follow = async (lane: Instrumented) => {
      for (let row = open.shift(); row !== undefined; row = open.shift()) {
        const failed = row;
        lane.fail(...failed);
        await check(lane, failed.join());
        const [thrown, entered] = [lane.thrown(), lane.entered()];
        lane.fail();
        for (const entry of thrown) reached.add(entry);
        open.push(...entered.filter((entry) => !known.has(entry)).map((entry) => [...failed, entry]));
        for (const entry of entered) known.add(entry);
      }
    };
    await Promise.all(libraries.map(follow));
  };

  await t.test('costs an application under requests of all kinds nothing; the ledger adds up', async (t) => {
    const influx = await fakeInflux(t);
    const round = await application(t, library, influx);
    const intact = await round(1200);
    const rows = rowsOf(library.entered().filter((entry) => !DEADLY.test(entry)));
    await walk([library], rows, async (_library, row) => {
      const { seen, stats } = await round(TIMED.some((timed) => timed.test(row)) ? 1200 : 50);
      assert.deepEqual(seen, intact.seen, row);
      addsUp(stats, row);
    });

    let last = await round(0);
    while (last.stats.queued > 0) last = await round(500);
    addsUp(last.stats);
    const { internalErrors, acknowledged, unknown } = last.stats;
    assert.ok(internalErrors >= reached.size);
    const points = influx.points.filter(({ measurement }) => measurement === 'raw-requests');
    const stored = new Set(points.map(({ fields }) => fields.sequence)).size;
    assert.ok(acknowledged <= stored && stored <= acknowledged + unknown, `${stored} stored`);
  });

  for (const [way, { args = [], env, answer, spools = false }] of Object.entries(WAYS)) {
    await t.test(`does not change how a program ends: ${way}`, async (t) => {
      const influx = await fakeInflux(t);
      influx.answer = answer;
      const settings = {
        INFLUX_URL: influx.url,
        INFLUX_DATABASE: 'requests',
        RAW_REQUESTS_TIMEOUT_MS: '300',
        RAW_REQUESTS_EXIT_TIMEOUT_MS: '400',
        RAW_REQUESTS_FLUSH_INTERVAL_MS: '20',
        RAW_REQUESTS_LOG_LEVEL: 'silent',
        RAW_REQUESTS_SPOOL_DIR: spools ? temporaryFolder(t) : '',
        RAW_REQUESTS_VIEW_PORT: way.endsWith('in use') ? new URL(influx.url).port : '',
        ...env,
      };
      const end = async ({ library }: Instrumented) => {
        const { status, signal, stdout } = await run([...args, PROGRAM, library, way], settings);
        return { status, signal, stdout };
      };
      library.fail();
      const intact = await end(library);
      assert.match(intact.stdout, /^(?:200 )+(?:alive |fetched .* returned )?(?:200 )*(?:adds up)?$/);
      const rows = library.entered().map((entry) => [entry]);
      await walk(way.includes('view') ? [library] : lanes, rows, async (lane, row) => {
        assert.deepEqual(await end(lane), intact, row);
      });
    });
  }

  await t.test('is every one that there is', () => {
    const missing = library.entries.filter((entry) => !reached.has(entry) && !(entry in UNREACHED));
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

async function freePort(): Promise<string> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}
