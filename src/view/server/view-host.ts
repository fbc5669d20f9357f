import net from 'node:net';
import { Worker } from 'node:worker_threads';
import { identifyListener } from '../../export/send/identify-listener.ts';
import { say } from '../../log/log.ts';
import type { Logger, ViewSetup } from '../../options/options.ts';
import { caught, guarded, unawaited } from '../../safety/guard.ts';
import { assertRoomForThread } from '../../safety/thread-room.ts';
import { cancel, every, type Timer } from '../../safety/time.ts';
import type { FromThread, ThreadSetup } from './view-thread.ts';

const KIND = 'the start of the live view';
/** How often a process checks whether the port is free, while the view that it writes to does not answer. */
const PORT_CHECK_MS = 1000;

/**
 * The live view within an application. The first process, cluster worker or thread that gets the port serves the
 * view, in a separate thread. The others write to it, and one of them serves the view when that process ends.
 */
export class ViewHost {
  readonly #port: number;
  readonly #token: string | undefined;
  readonly #isOnlyDestination: boolean;
  readonly #log: Logger;
  #thread: Worker | undefined;
  #timer: Timer | undefined;
  #hasLogged = false;
  #closed = false;

  /** @param isOnlyDestination requests have no other destination than the view, so they wait without it */
  constructor({ port, destination }: ViewSetup, isOnlyDestination: boolean, log: Logger) {
    const { credentials } = destination;
    this.#port = port;
    this.#token = credentials?.kind === 'token' ? credentials.token : undefined;
    this.#isOnlyDestination = isOnlyDestination;
    this.#log = log;
    unawaited(KIND, this.#serveIfPortIsFree());
  }

  /** Called when the view stops answering, and when it answers again. */
  onState(up: boolean): void {
    if (up) this.#hasLogged = false;
    cancel(this.#timer);
    if (up || this.#closed) return;
    this.#timer = every(KIND, PORT_CHECK_MS * (0.5 + Math.random()), () => this.#serveIfPortIsFree());
  }

  async close(): Promise<void> {
    this.#closed = true;
    cancel(this.#timer);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  /** Serves the view if its port is free. */
  async #serveIfPortIsFree(): Promise<void> {
    if (this.#thread !== undefined || this.#closed) return;
    if (await isFree(this.#port)) this.#start();
    else await this.#checkListener();
  }

  #start(): void {
    if (this.#thread !== undefined || this.#closed) return;
    const setup: ThreadSetup = { port: this.#port, token: this.#token };
    let thread: Worker;
    try {
      // As for the delivery, the thread loads nothing of the application, and gets none of its secrets.
      assertRoomForThread();
      thread = new Worker(new URL('./view-thread.js', import.meta.url), {
        name: 'raw-requests view',
        workerData: setup,
        execArgv: [],
        env: {},
        // A small young generation, so that the buffers of bodies are collected early.
        resourceLimits: { maxYoungGenerationSizeMb: 6 },
      });
    } catch (error) {
      this.#logOnce({ err: error }, `the live view cannot be started: ${(error as Error).message}`);
      return;
    }
    this.#thread = thread;
    let cause: Error | undefined;
    thread.on(
      'message',
      guarded(KIND, (message: FromThread) => this.#receive(message)),
    );
    thread.on('error', (error) => {
      cause = error;
    });
    thread.on(
      'exit',
      guarded(KIND, () => {
        if (this.#thread !== thread) return; // ended by `close()`
        this.#thread = undefined;
        if (cause !== undefined) this.#log.warn({ err: cause }, 'the thread of the live view ended');
      }),
    );
    thread.unref();
  }

  #receive(message: FromThread): void {
    switch (message.type) {
      case 'listening':
        this.#hasLogged = false;
        say(
          `raw-requests: live view at ${message.url}${this.#token === undefined ? '' : ', which asks for its token'}`,
        );
        break;
      case 'failed':
        // Another process was faster.
        if (message.code === 'EADDRINUSE') unawaited(KIND, this.#checkListener());
        else this.#logOnce({}, `the live view cannot be started: ${message.reason}`);
        break;
      case 'fault':
        caught(message.kind, message.error);
        break;
    }
  }

  /** Checks the program that has the port. Another view is fine; any other program is logged. */
  async #checkListener(): Promise<void> {
    if (this.#hasLogged) return;
    const url = `http://127.0.0.1:${this.#port}`;
    const listener = await identifyListener(url);
    if (this.#closed || listener !== 'other') return;
    const meanwhile = this.#isOnlyDestination
      ? 'requests wait in memory'
      : 'requests are still written to the database';
    this.#logOnce(
      { port: this.#port },
      `${url} is in use by another program, so there is no live view, and ${meanwhile}: ` +
        'end that program, or set RAW_REQUESTS_VIEW_PORT to another port',
    );
  }

  #logOnce(fields: object, message: string): void {
    if (this.#hasLogged) return;
    this.#hasLogged = true;
    this.#log.error(fields, message);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.unref();
    probe.once('error', () => resolve(false));
    probe.once(
      'listening',
      guarded(KIND, () => probe.close()),
    );
    probe.once('close', () => resolve(true));
    probe.listen({ port, host: '127.0.0.1', exclusive: true });
  });
}
