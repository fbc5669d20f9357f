import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Scene } from '../faults/row.ts';
import { temporaryFolder } from '../support/spooling.ts';
import { within } from '../support/within.ts';
import type { Word } from './application.ts';

const PROGRAM = fileURLToPath(new URL('./application.js', import.meta.url));
const REGISTER = new URL('../../src/register.js', import.meta.url).href;
const LATE_MS = 30_000;

/** An application, and what became of it. */
export interface Application {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Its paths are long, and no two are the same: what waits needs more room. */
  readonly longPaths: boolean;
  /** The last it has said; fails when that is long ago, or it has ended. */
  word(): Word;
  /** All its log so far. */
  log(): string;
  /** Has it exit by itself; its status. */
  exit(): Promise<number | null>;
}

interface Kind {
  readonly name: string;
  readonly execArgv?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly longPaths?: boolean;
}

/**
 * One as it comes, one with what is kept on disk, one that cannot keep all it would have to, and one that is not
 * recorded, whose memory the others' is compared with.
 */
export async function startApplications(
  scene: Pick<Scene, 'after'>,
  databaseUrl: string,
): Promise<Application[]> {
  const kinds: readonly Kind[] = [
    { name: 'defaults', env: {} },
    {
      name: 'register, spool',
      execArgv: ['--import', REGISTER],
      env: { RAW_REQUESTS_SPOOL_DIR: temporaryFolder(scene) },
    },
    {
      name: 'queue of 1 MiB',
      env: {
        RAW_REQUESTS_MAX_QUEUE_BYTES: String(1 << 20),
        RAW_REQUESTS_BATCH_LINES: '500',
        RAW_REQUESTS_PATH: 'on',
        RAW_REQUESTS_TIMEOUT_MS: '2000',
      },
      longPaths: true,
    },
    { name: 'not recorded', env: { RAW_REQUESTS: 'off' } },
  ];
  return Promise.all(kinds.map((kind) => start(scene, kind, databaseUrl)));
}

async function start(scene: Pick<Scene, 'after'>, kind: Kind, databaseUrl: string): Promise<Application> {
  const child = fork(PROGRAM, {
    env: { ...process.env, INFLUX_URL: databaseUrl, INFLUX_DATABASE: 'requests', ...kind.env },
    execArgv: [...(kind.execArgv ?? [])],
    silent: true,
  });
  scene.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr!.on('data', (chunk) => {
    log += chunk;
  });
  child.stdout!.resume();
  const ended = once(child, 'close');
  let word: Word | undefined;
  let saidAt = 0;
  const port = new Promise<number>((resolve) => {
    child.on('message', (message: { port?: number; word?: Word }) => {
      if (message.port !== undefined) resolve(message.port);
      if (message.word === undefined) return;
      word = message.word;
      saidAt = performance.now();
    });
  });
  await within(
    Promise.race([
      firstWord(child),
      ended.then(([status]) => assert.fail(`${kind.name}: it ended with status ${status}: ${log}`)),
    ]),
    `${kind.name}: its first word`,
  );
  return {
    name: kind.name,
    url: `http://127.0.0.1:${await port}`,
    pid: child.pid!,
    longPaths: kind.longPaths ?? false,
    word: () => {
      assert.ok(
        child.exitCode === null && child.signalCode === null,
        `${kind.name}: the application has ended with ${child.exitCode ?? child.signalCode}: ${log}`,
      );
      assert.ok(performance.now() - saidAt < LATE_MS, `${kind.name}: the application says nothing any more`);
      return word!;
    },
    log: () => log,
    exit: async () => {
      child.send('exit');
      const [status] = await within(ended, `${kind.name}: the application exits`);
      return status;
    },
  };
}

function firstWord(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', ({ word }: { word?: Word }) => word !== undefined && resolve());
  });
}
