import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectProxy } from '../support/export/connect-proxy.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import { run } from '../support/run.ts';
import { temporaryFolder } from '../support/spooling.ts';
import { type Instrumented, instrument } from './instrument.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/last-entries.js', import.meta.url));

/** Entries that only a process with a view, or the view itself, comes by. */
export const OF_THE_VIEW =
  /^view\/|the (?:start|state) of the live view|open requests?$|^export\/send\/identify-listener/;

/** Programs that run at a time, each with a copy of the library. */
const LANES = 4;

/** What has to hold while the entries of a row throw. */
export type Check = (library: Instrumented, row: string) => Promise<void>;

/** A way to end a program. */
export interface Way {
  readonly args?: string[];
  readonly env?: Record<string, string>;
  readonly answer?: FakeInflux['answer'];
  readonly spools?: boolean;
  /** The database is behind a proxy. */
  readonly behindProxy?: boolean;
  /** One program at a time: it uses a port that others would take. */
  readonly alone?: boolean;
}

/** Makes the entries of the library throw, one after the other. */
export class EntryWalk {
  readonly library: Instrumented;
  /** The entries that have thrown. */
  readonly reached = new Set<string>();
  readonly #lanes: readonly Instrumented[];

  constructor(t: TestContext) {
    this.library = instrument(temporaryFolder(t));
    const copies = Array.from({ length: LANES - 1 }, () => this.library.copy(temporaryFolder(t)));
    this.#lanes = [this.library, ...copies];
  }

  /** Fails each row of entries, and with it whatever is entered only then; in several libraries at a time. */
  async walk(libraries: readonly Instrumented[], rows: readonly string[][], check: Check): Promise<void> {
    const open = rows.filter((row) => row.some((entry) => !this.reached.has(entry)));
    const known = new Set(rows.flat());
    const follow = async (lane: Instrumented) => {
      for (let row = open.shift(); row !== undefined; row = open.shift()) {
        const failed = row;
        lane.fail(...failed);
        await check(lane, failed.join());
        const [thrown, entered] = [lane.thrown(), lane.entered()];
        lane.fail();
        for (const entry of thrown) this.reached.add(entry);
        open.push(...entered.filter((entry) => !known.has(entry)).map((entry) => [...failed, entry]));
        for (const entry of entered) known.add(entry);
      }
    };
    await Promise.all(libraries.map(follow));
  }

  /** Fails each entry that a program comes by which ends in a way, and compares its end with that of an intact one. */
  async ends(
    t: TestContext,
    way: string,
    { args = [], env, answer, spools, behindProxy, alone }: Way,
  ): Promise<void> {
    const influx = await fakeInflux(t);
    influx.answer = answer;
    const tunnels = await connectProxy(t, Number(new URL(influx.url).port));
    const settings = {
      INFLUX_URL: behindProxy ? 'http://database.example' : influx.url,
      HTTP_PROXY: behindProxy ? `http://${tunnels.host}` : '',
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
    this.library.fail();
    const intact = await end(this.library);
    assert.match(intact.stdout, /^(?:200 )+(?:alive |fetched .* returned )?(?:200 )*(?:adds up)?$/);
    const rows = this.library.entered().map((entry) => [entry]);
    await this.walk(alone ? [this.library] : this.#lanes, rows, async (lane, row) => {
      assert.deepEqual(await end(lane), intact, row);
    });
  }
}
