import { workerData } from 'node:worker_threads';
import { constants, gzipSync } from 'node:zlib';
import type { BatchContent } from '../record/batch.ts';
import {
  type Fate,
  type FromWorker,
  type Parcel,
  Signal,
  type ToWorker,
  type WorkerSetup,
} from '../record/protocol.ts';
import { encodeBatch } from './encode.ts';
import { LineBuffer } from './line-buffer.ts';
import { lowerThreadPriority } from './priority.ts';
import { Queue } from './queue.ts';
import { retryDelay } from './retry.ts';
import { createSend, type Result } from './send.ts';

// The worker thread: encode -> queue -> send -> retry. One loop, one attempt in flight.

const { port, signal, destination, tags, timeoutMs, maxQueueBytes } = workerData as WorkerSetup;
const queue = new Queue(maxQueueBytes);
const buffer = new LineBuffer();
const send = createSend({ destination, timeoutMs });
const tell = (message: FromWorker) => port.postMessage(message);
const NOTHING: Fate = { acknowledged: 0, rejected: 0, dropped: 0, unknown: 0 };

let finishing = false;
/** End the waits of the loop below: for something to send, and for the time of the next attempt. */
let arrived: () => void = () => {};
let hurry: () => void = () => {};

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'batch':
      accept(message.id, message.content);
      break;
    case 'parcel':
      enqueue(message.parcel, true);
      break;
    case 'flush':
      hurry();
      break;
    case 'finish':
      finishing = true;
      hurry();
      break;
  }
  arrived();
});

// The main thread may be blocked until the signal: it has to come however this thread ends.
process.on('exit', finished);

lowerThreadPriority();
void deliver();

async function deliver(): Promise<never> {
  let failures = 0;
  for (;;) {
    const pending = queue.take();
    if (pending === undefined) {
      if (finishing) finished();
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
      continue;
    }
    const result = await send(pending.parcel.body);
    if (result.kind !== 'retry') {
      if (failures > 0) tell({ type: 'state', up: true, reason: '' });
      failures = 0;
      queue.settle();
      settle(
        pending.parcel,
        fateOf(pending.parcel, result),
        result.kind === 'stored' ? undefined : result.reason,
      );
      continue;
    }
    pending.uncertain ||= result.uncertain;
    queue.release();
    failures++;
    if (failures === 1) tell({ type: 'state', up: false, reason: result.reason });
    if (finishing) finished(); // there is no time for waiting
    await delay(retryDelay(failures, Math.random(), result.afterMs));
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    hurry = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function accept(id: number, content: BatchContent): void {
  try {
    const parcel = pack(id, content);
    tell({ type: 'taken', parcel });
    enqueue(parcel, false);
  } catch (error) {
    settle({ id }, { ...NOTHING, dropped: content.rows }, `cannot encode: ${(error as Error).message}`);
  }
}

/** Encodes and compresses: compressed lines are a tenth of the memory while they wait, and are compressed once. */
function pack(id: number, content: BatchContent): Parcel {
  const gzipped = gzipSync(encodeBatch(content, tags, buffer), { level: constants.Z_BEST_SPEED });
  const body = new Uint8Array(new SharedArrayBuffer(gzipped.byteLength));
  body.set(gzipped);
  return { id, lines: content.rows, body };
}

function enqueue(parcel: Parcel, uncertain: boolean): void {
  for (const gone of queue.push({ parcel, uncertain })) {
    const { lines } = gone.parcel;
    const fate = gone.uncertain ? { ...NOTHING, unknown: lines } : { ...NOTHING, dropped: lines };
    settle(gone.parcel, fate, 'the queue is full');
  }
}

function fateOf({ lines }: Parcel, result: Exclude<Result, { kind: 'retry' }>): Fate {
  if (result.kind === 'stored') return { ...NOTHING, acknowledged: lines };
  if (result.kind === 'reject') return { ...NOTHING, rejected: lines };
  const rejected = Math.min(result.lines, lines);
  // A server that refuses something without saying how much leaves the fate of each line open.
  return rejected === 0
    ? { ...NOTHING, unknown: lines }
    : { ...NOTHING, acknowledged: lines - rejected, rejected };
}

function settle({ id }: { id: number }, fate: Fate, reason: string | undefined): void {
  tell({ type: 'settled', id, fate, reason });
}

function finished(): void {
  tell({ type: 'finished' });
  Atomics.store(signal, 0, Signal.done);
  Atomics.notify(signal, 0);
}
