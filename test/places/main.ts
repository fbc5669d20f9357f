// Installs the packed package beside tools and runtimes that npm has, and runs it in each of them: what
// docs/where-it-runs.md says of them. `npm run test:places` runs this file.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import { npm, type Packed, pack, plainEnvironment, root } from '../support/package/packed.ts';
import { LONG_EXIT_TIMEOUT } from '../support/run.ts';
import { until } from '../support/within.ts';

const sources = join(root, 'test/places');
const place = join(root, '.build/places');
const tool = (path: string): string => join(place, 'node_modules', path);
const sample = (name: string): string => readFileSync(join(sources, 'samples', name), 'utf8');

const node = process.execPath;
const platform = `${process.platform}-${process.arch}`;
const bun = tool(`@oven/bun-${platform}/bin/bun`);
const deno = tool(`@deno/${platform}${process.platform === 'linux' ? '-glibc' : ''}/deno`);

const program = sample('app.mjs');
const commonJs = program.replaceAll(/^import (.*) from (.*);/gm, 'const $1 = require($2);');
const typed = program
  .replace('{ rawRequests }', '{ type Options, rawRequests }')
  .replace('rawRequests()', "rawRequests({ service: 'typed' } satisfies Options)")
  .replace('(resolve) =>', '(resolve: (value?: unknown) => void) =>')
  .replace('server.address()', 'server.address() as { port: number }');

let packed: Packed;

before(async () => {
  packed = await pack();
  mkdirSync(place, { recursive: true });
  const lock = 'package-lock.json';
  const isInstalled =
    existsSync(join(place, lock)) &&
    readFileSync(join(place, lock), 'utf8') === readFileSync(join(sources, lock), 'utf8');
  for (const file of ['package.json', '.npmrc']) cpSync(join(sources, file), join(place, file));
  if (!isInstalled) {
    cpSync(join(sources, lock), join(place, lock));
    await npm(place, 'ci', '--ignore-scripts');
  }
  await npm(place, 'install', '--no-save', '--ignore-scripts', packed.tarball);
});
after(() => packed?.remove());

interface Run {
  readonly cwd: string;
  readonly influx?: FakeInflux;
  readonly env?: Record<string, string>;
}

/** Runs a command to its end, which has to be a good one, and returns what it printed. */
async function run(command: readonly string[], { cwd, influx, env }: Run): Promise<string> {
  const [file, ...args] = command;
  const settings = influx === undefined ? {} : { INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' };
  const child = spawn(file!, args, {
    cwd,
    env: { ...plainEnvironment(), ...LONG_EXIT_TIMEOUT, ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const [status] = await once(child, 'close');
  assert.equal(status, 0, `${command.join(' ')}\n${output}`);
  return output;
}

/** A folder with these files, from which the installed packages are found; or from which they are not. */
function folder(t: TestContext, files: Record<string, string>, parent = place): string {
  const path = mkdtempSync(join(parent, 'run-'));
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** Each of the 50 requests of a program is one point with its route. */
function assertRecorded(influx: FakeInflux): void {
  const seen = influx.points.map(({ tags }) => `${tags.route} ${tags.status} ${tags.outcome}`);
  assert.deepEqual(seen, Array(50).fill('/items/:id 200 finished'));
}

/** Runs a program that ends at once: it loses nothing, and nothing is said. */
async function records(command: readonly string[], { cwd, env }: Run, t: TestContext): Promise<void> {
  const influx = await fakeInflux(t);
  const output = await run(command, { cwd, influx, env: env ?? {} });
  assertRecorded(influx);
  assert.doesNotMatch(output, /raw-requests/);
}

describe('bundled, alone in a folder', () => {
  /** Runs a bundle where nothing else is found. */
  async function recordsAlone(t: TestContext, built: string, file: string): Promise<void> {
    const cwd = folder(t, {}, tmpdir());
    cpSync(built, cwd, { recursive: true });
    await records(file.endsWith('js') ? [node, file] : [join(cwd, file)], { cwd }, t);
  }

  for (const [format, text] of [
    ['mjs', program],
    ['cjs', commonJs],
  ] as const) {
    test(`webpack: ${format}`, async (t) => {
      const cwd = folder(t, { [`app.${format}`]: text });
      const config = { entry: `./app.${format}`, target: 'node', mode: 'production', context: cwd };
      const output = { path: join(cwd, 'built'), filename: 'app.cjs' };
      const options = { ...config, output, optimization: { minimize: false } };
      writeFileSync(join(cwd, 'webpack.config.cjs'), `module.exports = ${JSON.stringify(options)};`);
      const printed = await run([node, tool('webpack-cli/bin/cli.js')], { cwd });
      assert.doesNotMatch(printed, /WARNING in .*raw-requests/); // Express has one
      await recordsAlone(t, join(cwd, 'built'), 'app.cjs');
    });

    test(`@vercel/ncc: ${format}`, async (t) => {
      const cwd = folder(t, { [`app.${format}`]: text });
      await run([node, tool('@vercel/ncc/dist/ncc/cli.js'), 'build', `app.${format}`, '-o', 'built'], {
        cwd,
      });
      await recordsAlone(t, join(cwd, 'built'), `index.${format}`);
    });
  }

  test('Vite, a server build with noExternal', async (t) => {
    const build = `{ ssr: 'app.mjs', outDir: 'built' }`;
    const config = `export default { build: ${build}, ssr: { noExternal: true } };`;
    const cwd = folder(t, { 'app.mjs': program, 'vite.config.mjs': config, 'package.json': '{}' });
    await run([node, tool('vite/bin/vite.js'), 'build'], { cwd });
    await recordsAlone(t, join(cwd, 'built'), 'app.mjs');
  });

  test('a single executable', async (t) => {
    const cwd = folder(t, { 'app.cjs': commonJs });
    const main = join(cwd, 'bundle.cjs');
    const { build } = await import('esbuild');
    await build({ entryPoints: [join(cwd, 'app.cjs')], bundle: true, platform: 'node', outfile: main });
    writeFileSync(join(cwd, 'sea.json'), JSON.stringify({ main, output: 'blob' }));
    await run([node, '--experimental-sea-config', 'sea.json'], { cwd });
    mkdirSync(join(cwd, 'built'));
    cpSync(node, join(cwd, 'built/app'));
    const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
    const inject = [tool('postject/dist/cli.js'), 'built/app', 'NODE_SEA_BLOB', 'blob'];
    await run([node, ...inject, '--sentinel-fuse', fuse], { cwd });
    const alone = folder(t, {}, tmpdir());
    cpSync(join(cwd, 'built/app'), join(alone, 'app'));
    const influx = await fakeInflux(t);
    await run([join(alone, 'app')], { cwd: alone, influx });
    assertRecorded(influx);
  });
});

describe('TypeScript', () => {
  const tsconfig = `{ "compilerOptions": { "module": "nodenext", "target": "es2022", "strict": true, "skipLibCheck": true } }`;
  const files = { 'app.mts': typed, 'tsconfig.json': tsconfig };

  test('Vite, a server build, external', async (t) => {
    const config = `export default { build: { ssr: 'app.mts' } };`;
    const cwd = folder(t, { ...files, 'vite.config.mjs': config, 'package.json': '{}' });
    await run([node, tool('vite/bin/vite.js'), 'build'], { cwd });
    await records([node, 'dist/app.mjs'], { cwd }, t);
  });

  for (const [name, args] of [
    ['tsx', ['--import', 'tsx']],
    ['ts-node/esm', ['--no-warnings', '--loader', 'ts-node/esm']],
  ] as const) {
    test(name, async (t) => {
      await records([node, ...args, 'app.mts'], { cwd: folder(t, files) }, t);
    });
  }

  const strips = process.allowedNodeEnvironmentFlags.has('--experimental-strip-types');
  test('--experimental-strip-types', { skip: !strips && 'Node 22 has it' }, async (t) => {
    const args = ['--no-warnings', '--experimental-strip-types', 'app.mts'];
    await records([node, ...args], { cwd: folder(t, files) }, t);
  });
});

describe('test runners', () => {
  const tested = sample('tested.mjs');

  for (const pool of ['forks', 'threads']) {
    test(`Vitest, ${pool}`, async (t) => {
      const cwd = folder(t, { 'app.test.mjs': tested });
      const influx = await fakeInflux(t);
      await run([node, tool('vitest/vitest.mjs'), 'run', '--globals', '--pool', pool], { cwd, influx });
      assertRecorded(influx);
    });
  }

  for (const [name, file, text, env] of [
    [
      'CommonJS',
      'app.test.cjs',
      tested.replaceAll(/^import (.*) from (.*);/gm, 'const $1 = require($2);'),
      undefined,
    ],
    ['ES modules', 'app.test.mjs', tested, { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' }],
  ] as const) {
    test(`Jest, ${name}, --detectOpenHandles`, async (t) => {
      const cwd = folder(t, { [file]: text, 'package.json': '{}' });
      const influx = await fakeInflux(t);
      const jest = [tool('jest/bin/jest.js'), '--rootDir', '.', '--testMatch', '**/app.test.*js'];
      const output = await run([node, ...jest, '--detectOpenHandles'], { cwd, influx, env: env ?? {} });
      assertRecorded(influx);
      assert.doesNotMatch(output, /open handle|did not exit/);
    });
  }
});

test("Yarn Plug'n'Play: import, require(), --require and --import", async (t) => {
  const yarn = [node, tool('@yarnpkg/cli-dist/bin/yarn.js')];
  const plain = program.replace(/^import \{ rawRequests.*$/m, '').replace('app.use(rawRequests());', '');
  const version = JSON.parse(readFileSync(tool('express/package.json'), 'utf8')).version;
  const dependencies = { express: version, 'raw-requests': `file:${packed.tarball}` };
  const files = {
    'app.mjs': program,
    'app.cjs': commonJs,
    'plain.mjs': plain,
    'package.json': JSON.stringify({ name: 'app', private: true, dependencies }),
    'yarn.lock': '',
    '.yarnrc.yml': 'nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\n',
  };
  const cwd = folder(t, files, tmpdir());
  const registry = (await npm(cwd, 'config', 'get', 'registry')).trim();
  await run([...yarn, 'install'], { cwd, env: { YARN_NPM_REGISTRY_SERVER: registry, CI: '' } });
  for (const args of [
    ['app.mjs'],
    ['app.cjs'],
    ['--require', 'raw-requests/register', 'plain.mjs'],
    ['--import', 'raw-requests/register', 'plain.mjs'],
  ]) {
    const influx = await fakeInflux(t);
    await run([...yarn, 'node', ...args], { cwd, influx });
    assertRecorded(influx);
  }
});

for (const [name, instances] of [
  ['fork', []],
  ['cluster', ['-i', '2']],
] as const) {
  test(`PM2, ${name} mode: reload and stop`, async (t) => {
    const influx = await fakeInflux(t);
    const cwd = folder(t, { 'app.mjs': sample('listening.mjs') });
    const port = await freePort();
    const env = { PM2_HOME: join(cwd, 'pm2'), PORT: String(port) };
    const pm2 = (...args: string[]) => run([node, tool('pm2/bin/pm2'), ...args], { cwd, influx, env });
    const args = '--node-args=--import raw-requests/register';
    let answered = 0;
    const ask = () =>
      new Promise<boolean>((resolve) => {
        const req = http.get({ port, host: '127.0.0.1', agent: false }, (res) => {
          answered++;
          res.resume().on('end', () => resolve(true));
        });
        req.on('error', () => resolve(false));
      });
    try {
      await pm2('start', 'app.mjs', '--name', 'app', args, ...instances);
      await until(ask, 'it listens');
      for (let i = 0; i < 20; i++) await ask();
      await pm2('reload', 'app');
      await until(ask, 'it listens');
      for (let i = 0; i < 20; i++) await ask();
      await pm2('stop', 'app');
      assert.equal((await influx.stored(answered)).length, answered);
    } finally {
      await pm2('kill');
    }
  });
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

const runtimes: readonly [name: string, command: readonly string[], preload: readonly string[]][] = [
  ['Node', [node], ['--import', 'raw-requests/register']],
  ['Bun', [bun], ['--preload', 'raw-requests/register']],
  ['Deno', [deno, 'run', '-A'], ['--preload', tool('raw-requests/dist/register.js')]],
];

for (const [name, command, preload] of runtimes) {
  describe(name, () => {
    test('records in code, and delivers when the program ends', async (t) => {
      await records([...command, 'app.mjs'], { cwd: folder(t, { 'app.mjs': program }) }, t);
    });

    test('records without code', async (t) => {
      const plain = program.replace(/^import \{ rawRequests.*$/m, '').replace('app.use(rawRequests());', '');
      await records([...command, ...preload, 'app.mjs'], { cwd: folder(t, { 'app.mjs': plain }) }, t);
    });

    for (const adapter of ['srvx', '@whatwg-node/server']) {
      test(`records fetch handlers on ${adapter}, once`, async (t) => {
        const cwd = folder(t, { 'app.mjs': sample('adapted.mjs') });
        await records([...command, 'app.mjs', adapter], { cwd }, t);
        if (name === 'Node') await records([...command, ...preload, 'app.mjs', adapter], { cwd }, t);
      });
    }

    if (name === 'Node') return;
    test('records its own server, whose answers do not change', async (t) => {
      const influx = await fakeInflux(t);
      const cwd = folder(t, { 'app.mjs': sample('served.mjs') });
      assert.equal((await run([...command, 'app.mjs'], { cwd, influx })).trim(), 'the same');
      const left = name === 'Bun' ? 'aborted' : 'finished'; // Deno does not say that a client has left
      assert.deepEqual(
        influx.points.map(({ tags }) => `${tags.route} ${tags.status} ${tags.outcome}`),
        [
          '/text 200 finished',
          '/none 204 finished',
          '/slow 200 finished',
          '/hono/:id 200 finished',
          '/fails 500 finished',
          `/endless 200 ${left}`,
        ],
      );
      assert.ok(Number(influx.points[2]!.fields.application_time) >= 0.29, 'it ends with its stream');
    });
  });
}
