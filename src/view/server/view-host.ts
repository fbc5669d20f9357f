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
/** How often a process looks whether the port is free, while the view that it writes to does not answer. */
const LOOK_AGAIN_MS = 1000;

/**
 * The live view within an application: whichever process, cluster worker or thread has the port first serves it, from a
 * thread of its own. The others write to it, and when it is gone, one of them takes its place.
 */
export class ViewHost {
  readonly #port: number;
  readonly #token: string | undefined;
  readonly #isAlone: boolean;
  readonly #log: Logger;
  #thread: Worker | undefined;
  #timer: Timer | undefined;
  #complained = false;
  #closed = false;

  /** @param isAlone requests have no other destination than the view: without it, they wait */
  constructor({ port, destination }: ViewSetup, isAlone: boolean, log: Logger) {
    const { credentials } = destination;
    this.#port = port;
    this.#token = credentials?.kind === 'token' ? credentials.token : undefined;
    this.#isAlone = isAlone;
    this.#log = log;
    unawaited(KIND, this.#claim());
  }

  /** Told when the view stops answering, and when it answers again. */
  onState(up: boolean): void {
    if (up) this.#complained = false;
    cancel(this.#timer);
    if (up || this.#closed) return;
    this.#timer = every(KIND, LOOK_AGAIN_MS * (0.5 + Math.random()), () => this.#claim());
  }

  async close(): Promise<void> {
    this.#closed = true;
    cancel(this.#timer);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  /** Serves the view if its port is free. */
  async #claim(): Promise<void> {
    if (this.#thread !== undefined || this.#closed) return;
    if (await isFree(this.#port)) this.#start();
    else await this.#meet();
  }

  #start(): void {
    if (this.#thread !== undefined || this.#closed) return;
    const setup: ThreadSetup = { port: this.#port, token: this.#token };
    let thread: Worker;
    try {
      // As for the delivery thread: nothing of the application is loaded in there, and it sees none of its secrets.
      assertRoomForThread();
      thread = new Worker(new URL('./view-thread.js', import.meta.url), {
        name: 'raw-requests view',
        workerData: setup,
        execArgv: [],
        env: {},
        // What bodies leave behind is collected early; the rest needs little more than its columns.
        resourceLimits: { maxYoungGenerationSizeMb: 6 },
      });
    } catch (error) {
      this.#complain({ err: error }, `the live view cannot be started: ${(error as Error).message}`);
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
        if (this.#thread !== thread) return; // ended by close()
        this.#thread = undefined;
        if (cause !== undefined) this.#log.warn({ err: cause }, 'the thread of the live view ended');
      }),
    );
    thread.unref();
  }

  #receive(message: FromThread): void {
    switch (message.type) {
      case 'listening':
        this.#complained = false;
        say(
          `raw-requests: live view at ${message.url}${this.#token === undefined ? '' : ', which asks for its token'}`,
        );
        break;
      case 'failed':
        // Another process was faster.
        if (message.code === 'EADDRINUSE') unawaited(KIND, this.#meet());
        else this.#complain({}, `the live view cannot be started: ${message.reason}`);
        break;
      case 'fault':
        caught(message.kind, message.error);
        break;
    }
  }

  /** Somebody else has the port: a view is as good as our own, anything else is to be known. */
  async #meet(): Promise<void> {
    if (this.#complained) return;
    const url = `http://127.0.0.1:${this.#port}`;
    const listener = await identifyListener(url);
    if (this.#closed || listener !== 'other') return;
    const meanwhile = this.#isAlone ? 'requests wait in memory' : 'requests go to the database all the same';
    this.#complain(
      { port: this.#port },
      `${url} is in use by another program, so there is no live view, and ${meanwhile}: ` +
        'end that program, or set RAW_REQUESTS_VIEW_PORT to another port',
    );
  }

  #complain(fields: object, message: string): void {
    if (this.#complained) return;
    this.#complained = true;
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
