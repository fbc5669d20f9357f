import { workerData } from 'node:worker_threads';
import { caught, guarded, onFault } from '../../safety/guard.ts';
import { Delivery } from './delivery.ts';
import { type FromDelivery, Signal, type ToDelivery, type WorkerSetup } from './protocol.ts';
import { lowerThreadPriority } from './thread-priority.ts';

// The worker thread: runs a delivery behind a message port.

const { port, signal, ...setup } = workerData as WorkerSetup;

// If the process ends before this thread has started, the application waits for it, and nothing else of it runs.
if (Atomics.load(signal, 0) !== Signal.awaited) lowerThreadPriority();

const post = (message: FromDelivery) => {
  port.postMessage(message);
  if (message.type === 'finished') wakeMainThread();
};
onFault(({ kind, error }) => post({ type: 'fault', kind, error }));
const delivery = new Delivery(setup, post);
port.on('message', (message: ToDelivery) => {
  try {
    delivery.receive(message);
  } catch (error) {
    caught('a message to the delivery', error);
    // The main thread would hold these lines forever. This thread ends, and the next one gets all lines without a
    // result.
    if (message.type === 'batch' || message.type === 'lines') throw error;
  }
});
post({ type: 'ready' });

// The main thread may be blocked until the signal, so it must be sent however this thread ends.
process.on('exit', guarded('the end of the delivery thread', wakeMainThread));

function wakeMainThread(): void {
  Atomics.store(signal, 0, Signal.done);
  Atomics.notify(signal, 0);
}
