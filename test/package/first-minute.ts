import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fakeInflux } from '../support/fake-influx.ts';
import { type Point, parseLines } from '../support/line-protocol.ts';
import { plainEnvironment, root } from '../support/package/packed.ts';
import { blocksOf, parseCommand } from '../support/package/readme.ts';
import { readFeed } from '../support/view/feed.ts';
import { until } from '../support/within.ts';

// The README's first minute, taken from the README itself. Only addresses differ: each program gets a free port.

const blocks = blocksOf(readFileSync(join(root, 'README.md'), 'utf8'), 'First minute');
const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => text.trim().split('\n'))
  .map((line) => ({ line, ...parseCommand(line) }));
const request = commands.find(({ program }) => program === 'curl')!;
/** What the README says that is printed, and written. */
const [viewLine = '', pointLine = ''] = blocks
  .filter(({ language }) => language === '')
  .map(({ text }) => text);

/** The programs, by their file names. */
export const files: ReadonlyMap<string, string> = new Map(
  blocks
    .filter(({ language }) => language === 'js')
    .map(({ text }) => [/^\/\/ (\S+)\n/.exec(text)![1]!, text]),
);

/** The commands that start a program; each is also run with the file of the same name in CommonJS. */
export const starts: readonly string[] = commands
  .filter(({ program }) => program === 'node')
  .flatMap(({ line }) => [line, line.replace('.mjs', '.cjs')]);

/** Runs such a command in the folder, sends the README's request, and looks for it where the README says that it is. */
export async function runFirstMinute(t: TestContext, folder: string, line: string): Promise<void> {
  const { env, args } = parseCommand(line);
  const port = await freePort();
  const file = args.at(-1)!;
  const source = `${port}-${file}`; // several are run in this folder
  await writeFile(join(folder, source), files.get(file)!.replace('listen(3000)', `listen(${port})`));
  const run = (settings: Record<string, string>) =>
    start(t, folder, [...args.slice(0, -1), source], { ...env, ...settings });
  const url = request.args[0]!.replace(':3000', `:${port}`);

  if (env.RAW_REQUESTS === 'view') {
    const viewPort = String(await freePort());
    const app = run({ RAW_REQUESTS_VIEW_PORT: viewPort });
    await visit(app, url);
    const line = viewLine.replace('8187', viewPort);
    await app.until(() => app.output().includes(line));
    const feed = await readFeed(t, line.trim().split(' ').at(-1)!);
    await feed.until(() => feed.nextRow === 1);
    assert.equal([...feed.series.values()][0]!.tags.route, '/items/:id');
  } else {
    assert.equal(env.INFLUX_URL, 'http://localhost:8086');
    const influx = await fakeInflux(t);
    await visit(run({ INFLUX_URL: influx.url, RAW_REQUESTS_FLUSH_INTERVAL_MS: '50' }), url);
    const [point] = await influx.stored(1);
    assert.deepEqual(shape(point!), shape(parseLines(pointLine)[0]!));
    assert.match(influx.writes[0]!.path, new RegExp(`^/write\\?.*db=${env.INFLUX_DATABASE}`));
  }
}

/** A point without what differs from request to request. */
function shape({ measurement, tags, fields }: Point): object {
  const { hostname, process, ...same } = tags;
  return { measurement, same, tags: Object.keys(tags), fields: Object.keys(fields) };
}

interface App {
  output(): string;
  /** Resolves when that is so, and fails when the program ends before. */
  until(condition: () => Promise<boolean> | boolean): Promise<void>;
}

function start(t: TestContext, folder: string, args: readonly string[], env: NodeJS.ProcessEnv): App {
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...plainEnvironment(), ...env } });
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
      await once(child, 'exit');
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  return {
    output: () => output,
    until: (condition) =>
      until(async () => {
        assert.equal(child.exitCode ?? child.signalCode, null, output);
        return condition();
      }, 'the program does what the README says'),
  };
}

/** Sends one request, once the program listens. */
async function visit(app: App, url: string): Promise<void> {
  await app.until(async () => {
    const response = await new Promise<http.IncomingMessage | undefined>((resolve) => {
      http.get(url, { agent: false }, resolve).on('error', () => resolve(undefined));
    });
    if (response === undefined) return false;
    assert.equal(response.statusCode, 200);
    await once(response.resume(), 'end');
    return true;
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
