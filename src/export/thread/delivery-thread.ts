import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type FromWorker, Signal, type ToWorker, type WorkerSetup } from '../../record/protocol.ts';
import { guarded, unawaited } from '../../safety/guard.ts';
import type { Delivery } from '../delivery.ts';

export type CourierSetup = Omit<WorkerSetup, 'port' | 'signal'>;

/** What a thread dies of where a bundle has left its file out. */
const MISSING = /^(?:ERR_)?MODULE_NOT_FOUND$/;

/** There was no room for a thread just now. All else that prevents its start prevents it again. */
const TRANSIENT = 'ERR_WORKER_INIT_FAILED';

/** Where a delivery runs, as the main thread sees it. */
export interface Courier {
  tell(message: ToWorker): void;
  /** Blocks for at most `timeoutMs` until it has answered `finish`; returns what it has told meanwhile. */
  wait(timeoutMs: number): FromWorker[];
  end(): Promise<void>;
}

export interface CourierEvents {
  told(message: FromWorker): void;
  /** It ended by itself. `permanent`: another one would as well. */
  died(cause: Error | undefined, permanent: boolean): void;
}

/** A delivery in a worker thread, which never keeps the process alive; undefined when Node starts none. */
export function startThread(setup: CourierSetup, events: CourierEvents): Courier | undefined {
  const { port1: port, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let ran = false;
  let ended = false;
  let worker: Worker;
  try {
    const workerData: WorkerSetup = { ...setup, port: port2, signal };
    worker = new Worker(new URL('./raw-requests-worker.js', import.meta.url), {
      name: 'raw-requests',
      workerData,
      transferList: [port2],
      // No preload of the application (`--import`, `--require`, NODE_OPTIONS) runs in there, and no secret of its
      // environment is copied.
      execArgv: [],
      env: {},
      // What is encoded dies within a piece of a batch: room for more garbage would only be memory that is not given back.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
      // It prints nothing. Left to Node, its output would be passed on by streams whose errors nobody listens to.
      stdout: true,
      stderr: true,
    });
  } catch (error) {
    port.close();
    events.died(error as Error, (error as NodeJS.ErrnoException).code !== TRANSIENT);
    return undefined;
  }
  // Without a listener for `error`, a worker that throws would end the process.
  let cause: NodeJS.ErrnoException | undefined;
  worker.on('error', (error) => {
    cause = error;
  });
  const exited = () => {
    if (!ended) events.died(cause, !ran && MISSING.test(cause?.code ?? ''));
  };
  worker.on('exit', guarded('the end of the delivery thread', exited));
  const told = (message: FromWorker) => {
    ran = true;
    events.told(message);
  };
  port.on('message', guarded('a message of the delivery thread', told));
  port.unref();
  worker.unref();
  return {
    tell: (message) => port.postMessage(message),
    wait: (timeoutMs) => {
      if (!ran && isMissing()) return [];
      Atomics.wait(signal, 0, Signal.working, timeoutMs);
      const told: FromWorker[] = [];
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
        told.push(next.message);
      return told;
    },
    end: async () => {
      ended = true;
      port.close();
      await worker.terminate();
    },
  };
}

/**
 * A delivery on this thread, for processes that can have no other. It costs the application more, and what the process
 * has not delivered when it exits is lost, since nothing can be awaited then.
 */
export function startInline(setup: CourierSetup, events: CourierEvents): Courier {
  let ended = false;
  const told = (message: FromWorker) => {
    if (!ended) events.told(message);
  };
  // Loaded only here: most processes never need it on their main thread.
  let delivery: Delivery | undefined;
  const loading = import('../delivery.ts').then(({ Delivery }) => {
    delivery = new Delivery(setup, told);
    return delivery;
  });
  const failed = loading.catch((error: Error) => events.died(error, false));
  unawaited('the start of the delivery', failed);
  return {
    tell: (message) => {
      const received = loading.then(
        (delivery) => delivery.receive(message),
        () => {}, // it has been told
      );
      unawaited('a message to the delivery', received);
    },
    wait: () => {
      delivery?.spoolAll(true);
      return [];
    },
    end: async () => {
      ended = true;
    },
  };
}

/** Says at once what a thread only says later: that a bundle has left its file out. When in doubt it is there. */
function isMissing(): boolean {
  try {
    return !existsSync(join(dirname(fileURLToPath(import.meta.url)), 'raw-requests-worker.js'));
  } catch {
    return false;
  }
}
