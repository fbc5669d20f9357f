import { workerData } from 'node:worker_threads';
import { guarded, onFault } from '../../safety/guard.ts';
import { Delivery } from './delivery.ts';
import { type FromDelivery, Signal, type WorkerSetup } from './protocol.ts';
import { lowerThreadPriority } from './thread-priority.ts';

// The worker thread: a delivery behind a message port.

const { port, signal, ...setup } = workerData as WorkerSetup;

lowerThreadPriority();

const tell = (message: FromDelivery) => {
  port.postMessage(message);
  if (message.type === 'finished') wakeMainThread();
};
onFault(({ kind, error }) => tell({ type: 'fault', kind, error }));
const delivery = new Delivery(setup, tell);
port.on(
  'message',
  guarded('a message to the delivery', (message) => delivery.receive(message)),
);
tell({ type: 'ready' });

// The main thread may be blocked until the signal: it has to come however this thread ends.
process.on('exit', guarded('the end of the delivery thread', wakeMainThread));

function wakeMainThread(): void {
  Atomics.store(signal, 0, Signal.done);
  Atomics.notify(signal, 0);
}
