import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Stats } from '../../index.ts';
import { CliError } from '../cli-error.ts';
import type { AppCommand, AppMessage } from './app.ts';

/** The sample app in its own process. */
export interface SampleApp {
  url: string;
  /** Rejects if the app ends before `finish()`. */
  crashed: Promise<never>;
  /** Ends the app in an orderly way, and returns the counters of the library. */
  finish(): Promise<Stats>;
  /** Ends the app at once. */
  kill(): void;
}

const ANSWER_TIMEOUT_MS = 30_000;

export async function startSampleApp(express: string, env: NodeJS.ProcessEnv): Promise<SampleApp> {
  const child = fork(fileURLToPath(new URL('./app.js', import.meta.url)), [express], {
    env,
    detached: true, // so that Ctrl-C reaches only the demo, which then stops this process
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const crashed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new CliError(`The sample app ended with ${signal ?? `code ${code}`}`)),
    );
  });
  crashed.catch(() => {});
  const { url } = await Promise.race([answer(child, 'listening'), crashed]);
  return {
    url,
    crashed,
    async finish() {
      child.send('finish' satisfies AppCommand);
      const { ledger } = await Promise.race([answer(child, 'finished'), crashed]);
      child.disconnect();
      return ledger;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function answer<K extends AppMessage['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<AppMessage & { kind: K }> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`The sample app did not say "${kind}" in time`)),
      ANSWER_TIMEOUT_MS,
    );
    late.unref();
    child.on('message', (message: AppMessage) => {
      if (message.kind !== kind) return;
      clearTimeout(late);
      resolve(message as AppMessage & { kind: K });
    });
  });
}
