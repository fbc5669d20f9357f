import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { guarded } from '../../safety/guard.ts';
import { assertRoomForThread } from '../../safety/thread-room.ts';
import type { Delivery } from './delivery.ts';
import {
  type DeliverySetup,
  type FromDelivery,
  Signal,
  type ToDelivery,
  type WorkerSetup,
} from './protocol.ts';
import { workerProgram } from './worker-program.ts';

/** There is no room for a thread or for its files just now: no descriptor, no memory. */
const NO_ROOM: ReadonlySet<string | undefined> = new Set([
  'ERR_WORKER_INIT_FAILED',
  'ERR_WORKER_OUT_OF_MEMORY',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EAGAIN',
]);

/** What another one would die of as well. */
export type FailureKind =
  /** Of this, as long as the process runs. */
  | 'permanent'
  /** Of nothing, once there is room for it. */
  | 'no room'
  | 'unknown';

/** A delivery that runs, as the application's thread sees it. */
export interface RunningDelivery {
  post(message: ToDelivery): void;
  /** Blocks for at most `timeoutMs` until it has answered `finish`; returns what it has received meanwhile. */
  wait(timeoutMs: number): FromDelivery[];
  end(): Promise<void>;
}

export interface DeliveryEvents {
  received(message: FromDelivery): void;
  /** It ended by itself. */
  died(cause: Error | undefined, kind: FailureKind): void;
}

/** A delivery in a worker thread, which never keeps the process alive; undefined when Node starts none. */
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
    // Whatever else prevents its start prevents it again.
    events.died(error as Error, hasNoRoom(error) ? 'no room' : 'permanent');
    return undefined;
  }
  // Without a listener for `error`, a worker that throws would end the process.
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
  return {
    post: (message) => port.postMessage(message),
    wait: (timeoutMs) => {
      Atomics.wait(signal, 0, Signal.working, timeoutMs);
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
 * A delivery on this thread, for processes that can have no other. It costs the application more, and what the process
 * has not delivered when it exits is lost, since nothing can be awaited then.
 */
export function startInline(setup: DeliverySetup, events: DeliveryEvents): RunningDelivery {
  let ended = false;
  const received = (message: FromDelivery) => {
    if (!ended) events.received(message);
  };
  // Loaded only here: most processes never need it on their main thread.
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
