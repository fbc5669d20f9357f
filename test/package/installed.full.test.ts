import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { npm, type Packed, pack, plainEnvironment, root } from '../support/package/packed.ts';
import { files, runFirstMinute, starts } from './first-minute.ts';

const require = createRequire(import.meta.url);
const attw = join(require.resolve('@arethetypeswrong/cli/package.json'), '..', 'dist/index.js');
/** TypeScript 5, which attw brings: 7 no longer has the resolution `node10`. */
const typescript5 = createRequire(createRequire(attw).resolve('@arethetypeswrong/core')).resolve(
  'typescript',
);
const compilers = {
  'TypeScript 5': join(typescript5, '../../bin/tsc'),
  'TypeScript 7': join(require.resolve('typescript/package.json'), '../bin/tsc'),
};

describe('the packed package', () => {
  let packed: Packed;
  let folder: string;

  before(async () => {
    packed = await pack();
    folder = await packed.folder('app');
    await npm(folder, 'install', packed.tarball, 'express');
    await symlink(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  });
  after(() => packed?.remove());

  /** Runs a program in the folder; a failure shows what it printed. */
  async function node(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: folder,
      env: plainEnvironment(),
    }).catch((error) => assert.fail(`node ${args.join(' ')}\n${error.stdout}${error.stderr}`));
    return stdout;
  }

  test('holds what its users need, and nothing of how it is made', () => {
    const allowed = [
      /^(CHANGELOG\.md|LICENSE|README\.md|package\.json)$/,
      /^(dashboards|docs|examples)\//,
      /^dist\/.*\.(js|cjs|d\.ts|d\.cts)$/,
      /^dist\/commonjs\/package\.json$/,
      /^dist\/view\/page\/.*\.(html|css|svg|txt)$/,
      /^dist\/compare\/report\/html\/template\.html$/,
    ];
    assert.deepEqual(
      packed.files.filter((file) => !allowed.some((pattern) => pattern.test(file))),
      [],
    );
  });

  test('has nothing that npm runs where it is installed, or linked to as a folder', async () => {
    const installed = join(folder, 'node_modules/raw-requests');
    const { scripts } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    const run = Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare)$/.test(name));
    assert.deepEqual(run, []);
    await npm(await packed.folder('linked'), 'install', installed);
  });

  test('has types under all resolutions', async () => {
    await node(attw, packed.tarball);
  });

  for (const [compiler, options, extensions] of [
    ['TypeScript 5', '--module commonjs --moduleResolution node10 --skipLibCheck', ['ts']],
    ['TypeScript 7', '--module nodenext --moduleResolution nodenext', ['mts', 'cts']],
    ['TypeScript 7', '--module esnext --moduleResolution bundler', ['mts']],
  ] as const) {
    test(`is used by a program that ${compiler} compiles with ${options}`, async () => {
      const out = options.replaceAll(/\W+/g, '-').slice(1);
      const common = `--strict --esModuleInterop --target es2022 --types node --outDir ${out}`;
      const sources = extensions.map((extension) => `consumer.${extension}`);
      for (const source of sources)
        await copyFile(join(root, 'test/package/consumer.ts'), join(folder, source));
      await node(compilers[compiler], ...sources, ...`${options} ${common}`.split(' '));
      for (const source of sources) {
        const printed = await node(join(out, source.replace('ts', 'js')));
        assert.equal(printed, '1\ntrue true true true 0,0,raw-requests-overview\n');
      }
    });
  }

  test('starts every program of the README', () => {
    const started = new Set(starts.map((line) => line.split(' ').at(-1)!));
    assert.deepEqual([...started].sort(), [...files.keys()].sort());
  });

  for (const line of starts) {
    test(`does what the README says: ${line}`, { timeout: 30_000 }, (t) => runFirstMinute(t, folder, line));
  }

  test('has the command that the README calls', async () => {
    const { stdout } = await promisify(execFile)('npx', ['raw-requests', '--help'], {
      cwd: folder,
      env: plainEnvironment(),
    });
    assert.match(stdout, /^Usage: npx raw-requests /);
  });
});
