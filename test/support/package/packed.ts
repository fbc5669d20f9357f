import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const root: string = fileURLToPath(new URL('../../../../', import.meta.url));

/** The output of `npm pack --json`. */
interface PackedFiles {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

export interface Packed {
  readonly tarball: string;
  /** The paths in the tarball, sorted. */
  readonly files: readonly string[];
  /** Creates an empty folder with its own package.json. */
  folder(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** Packs the build of `npm run build`. */
export async function pack(): Promise<Packed> {
  const place = await mkdtemp(join(tmpdir(), 'raw-requests-package-'));
  const output = await npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', place);
  // npm 12 prints an object by package name, and earlier versions an array.
  const [{ filename, files }] = Object.values(JSON.parse(output)) as [PackedFiles];
  return {
    tarball: join(place, filename),
    files: files.map(({ path }) => path).sort(),
    folder: async (name) => {
      const folder = join(place, name);
      await mkdir(folder);
      await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
      return folder;
    },
    remove: () => rm(place, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The environment for programs of a test: this Node first in the PATH, and without settings of this library. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of Object.keys(env))
    if (/^(RAW_REQUESTS|INFLUX|npm_|NODE_OPTIONS|NODE_TEST)/.test(name)) delete env[name];
  env.PATH = `${dirname(process.execPath)}${delimiter}${env.PATH}`;
  return env;
}

/** Runs npm with scripts, as a user does. Returns its output. */
export async function npm(folder: string, ...args: string[]): Promise<string> {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', '--foreground-scripts'];
  const { npm_execpath } = process.env;
  const command = npm_execpath === undefined ? ['npm'] : [process.execPath, npm_execpath];
  const { stdout } = await run(command[0]!, [...command.slice(1), ...args, ...quiet], {
    cwd: folder,
    env: plainEnvironment(),
  });
  return stdout;
}
