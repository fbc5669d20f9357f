import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Stats } from '../../index.ts';
import { CliError } from '../cli-error.ts';
import type { AppCommand, AppMessage } from './app.ts';

/** The sample app, running in a process of its own. */
export interface SampleApp {
  url: string;
  /** Rejects as soon as the app ends before it was asked to. */
  crashed: Promise<never>;
  /** Ends the app in order; returns what the library counted. */
  finish(): Promise<Stats>;
  /** Ends it at once. */
  kill(): void;
}

const ANSWER_TIMEOUT_MS = 30_000;

/** Starts the sample app. */
export async function startSampleApp(express: string, env: NodeJS.ProcessEnv): Promise<SampleApp> {
  const child = fork(fileURLToPath(new URL('./app.js', import.meta.url)), [express], {
    env,
    detached: true, // Ctrl-C is for the demo, which ends this process in its own order.
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
