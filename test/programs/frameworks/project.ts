import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Framework } from './framework.ts';

const run = promisify(execFile);
/** Outside of this repository: bundlers look for a project in the folders above. */
const build = join(tmpdir(), 'raw-requests-frameworks');
const NPM = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--loglevel=error'];

/** An application that is installed and built, in a folder that is kept for the next time. */
export interface Project {
  readonly folder: string;
  readonly node: string;
  /** The version of the framework that was installed. */
  readonly version: string;
}

/** Installs and builds an application, unless that was done before for the same packages. */
export async function prepare(framework: Framework): Promise<Project> {
  const { packages } = framework;
  const [[name, wanted]] = Object.entries(packages) as [[string, string]];
  const folder = join(build, `${name}-${wanted}`.replace(/[^\w.]+/g, '-'));
  const node = await nodeOf(framework.node);
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, ...framework.env };
  const manifest = JSON.stringify({ private: true, type: framework.type, dependencies: packages });
  const file = join(folder, 'package.json');
  if (
    !existsSync(file) ||
    readFileSync(file, 'utf8') !== manifest ||
    !existsSync(join(folder, 'node_modules', name))
  ) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, manifest);
    await run('npm', ['install', ...NPM], { cwd: folder, env });
  }
  for (const [path, text] of Object.entries(framework.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  if (framework.build !== undefined) await run(node, framework.build, { cwd: folder, env });
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  return { folder, node, version };
}

/** This Node, or else a newer one, which npm has as a package. */
async function nodeOf(line = 20): Promise<string> {
  if (Number.parseInt(process.versions.node, 10) >= line) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(build, 'nodes', '24');
  const node = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(node)) await run('npm', ['install', '--prefix', folder, ...NPM, `${name}@24`]);
  return node;
}
