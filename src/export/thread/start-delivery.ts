import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { guarded } from '../../safety/guard.ts';
import { assertRoomForThread } from '../../safety/thread-room.ts';
import { proxyVariables } from '../connect/proxy.ts';
import type { Delivery } from './delivery.ts';
import {
  type DeliverySetup,
  type FromDelivery,
  Signal,
  type ToDelivery,
  type WorkerSetup,
} from './protocol.ts';
import { workerProgram } from './worker-program.ts';

/** Errors when there are no free descriptors or no free memory for a thread. */
const NO_ROOM: ReadonlySet<string | undefined> = new Set([
  'ERR_WORKER_INIT_FAILED',
  'ERR_WORKER_OUT_OF_MEMORY',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EAGAIN',
]);

/** Whether the next thread would fail as well. */
export type FailureKind =
  /** It would, as long as the process runs. */
  | 'permanent'
  /** It would not, once there are free descriptors and memory. */
  | 'no room'
  | 'unknown';

/** A running delivery, as the main thread sees it. */
export interface RunningDelivery {
  post(message: ToDelivery): void;
  /** Blocks until the reply to `finish` or `last`, at most `timeoutMs`. Returns the messages that have arrived. */
  wait(timeoutMs: number): FromDelivery[];
  end(): Promise<void>;
}

export interface DeliveryEvents {
  received(message: FromDelivery): void;
  /** It ended, but not by `end()`. */
  died(cause: Error | undefined, kind: FailureKind): void;
}

/**
 * Starts a delivery in a worker thread, which never keeps the process alive. Returns undefined if Node cannot start
 * one.
 */
export function startThread(setup: DeliverySetup, events: DeliveryEvents): RunningDelivery | undefined {
  const { port1: port, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let ended = false;
  let worker: Worker;
  try {
    assertRoomForThread();
    const workerData: WorkerSetup = { ...setup, port: port2, signal };
    worker = new Worker(workerProgram, {
      eval: typeof workerProgram === 'string',
      name: 'raw-requests',
      workerData,
      transferList: [port2],
      // The thread runs no preloads of the application (`--import`, `--require`, NODE_OPTIONS). Of the environment it
      // gets what names a proxy, and no copy of the secrets in it.
      execArgv: [],
      env: proxyVariables(process.env),
      // Encoding makes only short-lived garbage. A larger young generation would only take memory.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
      // The thread prints nothing. By default, Node would pipe its output through streams without error listeners.
      stdout: true,
      stderr: true,
    });
  } catch (error) {
    port.close();
    // Any other cause is permanent.
    events.died(error as Error, hasNoRoom(error) ? 'no room' : 'permanent');
    return undefined;
  }
  // Without a listener for `error`, an exception in the worker would end the process.
  let cause: NodeJS.ErrnoException | undefined;
  const failed = (error: Error) => {
    cause = error;
  };
  const exited = () => {
    if (ended) return;
    events.died(cause, hasNoRoom(cause) ? 'no room' : 'unknown');
  };
  const received = (message: FromDelivery) => events.received(message);
  worker.on('error', guarded('an error of the delivery thread', failed));
  worker.on('exit', guarded('the end of the delivery thread', exited));
  port.on('message', guarded('a message of the delivery thread', received));
  port.unref();
  worker.unref();
  // Nobody reads what the thread prints, such as warnings of Node. A stream that gets data would keep the process alive.
  worker.stdout.destroy();
  worker.stderr.destroy();
  return {
    post: (message) => {
      // An earlier `finish` may have set the signal.
      if (message.type === 'last') Atomics.store(signal, 0, Signal.working);
      port.postMessage(message);
    },
    wait: (timeoutMs) => {
      Atomics.compareExchange(signal, 0, Signal.working, Signal.awaited);
      Atomics.wait(signal, 0, Signal.awaited, timeoutMs);
      const messages: FromDelivery[] = [];
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
        messages.push(next.message);
      return messages;
    },
    end: async () => {
      ended = true;
      port.close();
      await worker.terminate();
    },
  };
}

/**
 * Starts a delivery on the main thread, for processes that cannot have a worker. It slows the application, and
 * requests that are not delivered when the process exits are lost, because nothing can be awaited at exit.
 */
export function startInline(setup: DeliverySetup, events: DeliveryEvents): RunningDelivery {
  let ended = false;
  const received = (message: FromDelivery) => {
    if (!ended) events.received(message);
  };
  // Loaded only here, because most processes do not need it on the main thread.
  let delivery: Delivery | undefined;
  const load = async () => {
    try {
      const { Delivery } = await import('./delivery.ts');
      delivery = new Delivery(setup, received);
    } catch (error) {
      events.died(error as Error, hasNoRoom(error) ? 'no room' : 'unknown');
    }
  };
  const loading = load();
  const post = guarded('a message to the delivery', async (message: ToDelivery) => {
    await loading;
    delivery?.receive(message);
  });
  return {
    post,
    wait: () => {
      delivery?.spoolAll();
      return [];
    },
    end: async () => {
      ended = true;
    },
  };
}

function hasNoRoom(cause: unknown): boolean {
  return NO_ROOM.has((cause as NodeJS.ErrnoException | undefined)?.code);
}
