import { workerData } from 'node:worker_threads';
import { type FromWorker, Signal, type ToWorker, type WorkerSetup } from '../../record/protocol.ts';
import { guarded, onFault } from '../../safety/guard.ts';
import { Delivery } from '../delivery.ts';
import { lowerThreadPriority } from './thread-priority.ts';

// The worker thread: a delivery behind a message port.

const { port, signal, ...setup } = workerData as WorkerSetup;

onFault(({ kind, error }) => port.postMessage({ type: 'fault', kind, error } satisfies FromWorker));
lowerThreadPriority();

const delivery = new Delivery(setup, (message: FromWorker) => {
  port.postMessage(message);
  if (message.type === 'finished') wakeMainThread();
});
port.on(
  'message',
  guarded('a message to the delivery', (message: ToWorker) => delivery.receive(message)),
);
port.postMessage({ type: 'ready' } satisfies FromWorker);

// The main thread may be blocked until the signal: it has to come however this thread ends.
process.on('exit', guarded('the end of the delivery thread', wakeMainThread));

function wakeMainThread(): void {
  Atomics.store(signal, 0, Signal.done);
  Atomics.notify(signal, 0);
}
