import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadAnswer, LoadOrder, LoadResult } from './messages.ts';

/** A process that sends load, one round after the other. */
export class LoadProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<LoadProcess> {
    const file = fileURLToPath(new URL('./load-process.js', import.meta.url));
    // Its own environment: what is set for the servers, such as NODE_OPTIONS, is not for it.
    const { NODE_OPTIONS: _, RAW_REQUESTS: __, ...env } = process.env;
    const child = fork(file, { env, execArgv: [], serialization: 'advanced' });
    await once(child, 'spawn');
    return new LoadProcess(child);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Sends the load of a round. @throws when the process ends, or the signal is aborted */
  send(order: LoadOrder, signal: AbortSignal, measuring: () => void = () => {}): Promise<LoadResult> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const onMessage = (answer: LoadAnswer): void => {
        if (answer.kind === 'measuring') measuring();
        else if (answer.kind === 'done') settle(() => resolve(answer.result));
        else settle(() => reject(new Error(answer.reason)));
      };
      const onExit = (code: number | null): void =>
        settle(() => reject(new Error(`the process that sends the load ended with ${code}`)));
      const onAbort = (): void => settle(() => reject(signal.reason));
      const settle = (done: () => void): void => {
        child.off('message', onMessage).off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
        done();
      };
      if (signal.aborted) return reject(signal.reason);
      child.on('message', onMessage).on('exit', onExit);
      signal.addEventListener('abort', onAbort);
      child.send(order);
    });
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}
