// Every command of docs/workshop.md is run, and what the document says about it is looked for.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { CHUNK_ROWS } from '../../src/view/shared/columns.ts';
import { readFeed } from '../support/view/feed.ts';
import { until } from '../support/within.ts';
import { commands } from './document.ts';
import { python } from './python.ts';
import { isServer, Reader } from './reader.ts';

const all = commands();
const under = (heading: string | RegExp) =>
  all.filter((one) => one.heading.match(heading)).map(({ text }) => text);
const STEP = /^v\d/;
const PYTHON = /Python/;

/** The packages that the setup installs. */
const packages = /npm install (.+)/.exec(under('Setup').join('\n'))![1]!.split(' ');

interface Request {
  readonly tags: Readonly<Record<string, string>>;
  readonly duration: number;
}

/** What the live view has. */
async function watch(t: TestContext, reader: Reader): Promise<() => Request[]> {
  const feed = await readFeed(t, reader.view);
  return () =>
    feed.rows.map((row) => {
      const chunk = feed.chunks.get(Math.floor(row / CHUNK_ROWS))!;
      const at = row % CHUNK_ROWS;
      return { tags: feed.series.get(chunk.series[at]!)!.tags, duration: chunk.duration[at]! };
    });
}

interface Step {
  readonly requests: readonly Request[];
  /** What the commands printed. */
  readonly output: string;
}

const some = (requests: readonly Request[], tags: Record<string, string>) =>
  requests.some((one) => Object.entries(tags).every(([name, value]) => one.tags[name] === value));
const least = (requests: readonly Request[], route: string) =>
  Math.min(...requests.filter(({ tags }) => tags.route === route).map(({ duration }) => duration));
const isServed = (requests: readonly Request[]) =>
  least(requests, '/') > 0.004 && some(requests, { outcome: 'finished' });

/** What the document says that the live view shows. */
const SHOWN: Readonly<Record<string, (step: Step) => boolean>> = {
  v1: ({ requests }) => requests.length === 0,
  v2: ({ requests }) =>
    requests.length > 10 && least(requests, '/') < 0.005 && least(requests, '/report') < 0.05,
  v3: ({ requests }) => isServed(requests) && some(requests, { route: '/report', outcome: 'aborted' }),
  v4: ({ requests }) => isServed(requests) && some(requests, { process: 'v4' }),
  v5: ({ requests, output }) =>
    isServed(requests) && output.includes('400 Bad Request') && !some(requests, { status: '400' }),
  v6: ({ requests }) =>
    ['finished', 'aborted', 'rejected'].every((outcome) => some(requests, { outcome })) &&
    some(requests, { status: '400' }),
  v7: ({ requests, output }) =>
    isServed(requests) && output.includes('http_server_request_duration_seconds_bucket'),
};

/** What `compare` says of each plan. */
const SAID: Readonly<Record<string, RegExp>> = {
  'benchmarks/cluster.yaml': /A ran 1 process with 1 slot, B 2 processes with 2 slots/,
  'benchmarks/threads.yaml': /A never had more than 1 request in work while the client had 8 open/,
  'benchmarks/keep-alive.yaml': /B keeps no connection alive/,
  'benchmarks/cpu-io.yaml': /A never had more than 1 request in work while the client had 8 open/,
  'benchmarks/mix.yaml': /shop-next\.js/,
  'benchmarks/errors.yaml': /100 % errors \(\d+ answers 500\)/,
  'benchmarks/cache.yaml': /\d+ points for \d+ answers/,
  'python/gunicorn.yaml': /A served with 1 thread, B with 5/,
  'python/defaults.yaml': /A served with 1 thread, B with 5/,
  'python/alike.yaml': /A runs python[\s\S]* B apache2/,
  'python/node.yaml': /A runs python[\s\S]* B node/,
};

const COMPARE = /^npx raw-requests compare (\S+)/;
const isComparison = (command: string) => COMPARE.test(command);

/** Three at a time, since much of a comparison is waiting. */
async function compareAll(reader: Reader, given: readonly string[], env: Record<string, string> = {}) {
  const left = [...given];
  const next = async () => {
    for (let command = left.shift(); command !== undefined; command = left.shift()) {
      const output = await reader.type(command, env);
      const said = SAID[COMPARE.exec(command)![1]!];
      assert.ok(said, `no test knows what ${command} says`);
      // Lines are broken to the width of the terminal.
      assert.match(output.replace(/\s+/g, ' '), said, command);
    }
  };
  await Promise.all([next(), next(), next()]);
}

describe('the workshop', { concurrency: true }, () => {
  test('each step shows in the live view what the workshop says', { timeout: 120_000 }, async (t) => {
    const reader = await Reader.start(t, packages);
    await reader.type(under('Setup').at(-1)!);
    const seen = await watch(t, reader);
    for (const heading of new Set(all.map((one) => one.heading).filter((one) => STEP.test(one)))) {
      const before = seen().length;
      let output = '';
      for (const command of under(heading)) output += await reader.type(command);
      await reader.endServer();
      const shown = SHOWN[heading.slice(0, 2)];
      assert.ok(shown, `no test knows what ${heading} shows`);
      await until(() => shown({ requests: seen().slice(before), output }), heading, 10_000);
    }
  });

  test('each bogus benchmark runs, and compare says what is wrong with it', {
    timeout: 240_000,
  }, async (t) => {
    const reader = await Reader.start(t, packages);
    const given = all.filter(
      ({ heading }) => !STEP.test(heading) && heading !== 'Setup' && !PYTHON.test(heading),
    );
    for (const { text } of given.filter((one) => !isComparison(one.text))) await reader.type(text);
    await reader.endServer();
    await compareAll(reader, given.map(({ text }) => text).filter(isComparison));
  });

  test('Python servers are recorded, each request once, and compared', { timeout: 400_000 }, async (t) => {
    const { venv, express, reason } = await python();
    if (venv === undefined) return t.skip(reason);
    const reader = await Reader.start(t, packages, venv);
    await reader.type('npx raw-requests view');
    const seen = await watch(t, reader);
    const isRoot = process.getuid?.() === 0;
    const env = isRoot ? { EXPRESS_OPTIONS: '--user www-data --group www-data' } : {};
    const runs = (command: string) => express || !/mod_wsgi|defaults|alike/.test(command);
    const given = under(PYTHON).filter((command) => !/-m venv|pip install/.test(command));
    assert.ok(given.length > 5);
    let isUp = true;
    let before = 0;
    for (const command of given.filter((one) => !isComparison(one))) {
      if (isServer(command)) isUp = runs(command);
      if (!isUp) continue;
      const output = await reader.type(command, env);
      const answered = /^(\d+) requests in/m.exec(output)?.[1];
      if (answered === undefined) continue;
      // As many points as the client counts.
      await until(
        () => seen().length - before >= Number(answered),
        `${answered} points of ${command}`,
        10_000,
      );
      await reader.endServer();
      assert.equal(seen().length - before, Number(answered), command);
      before = seen().length;
    }
    await compareAll(reader, given.filter(isComparison).filter(runs), env);
    if (!express) t.diagnostic(`without mod_wsgi: ${reason}`);
  });
});
