import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of V8's heap that what `make` made keeps. It must not make strings of 1 MB and more: those lie elsewhere. */
export function heldBy(make: () => unknown): number {
  const before = used();
  const kept = make();
  const held = used() - before;
  if (kept === undefined) throw new Error('nothing was made');
  return held;
}

function used(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
