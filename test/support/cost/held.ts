import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * The bytes of V8's heap that the result of `make` keeps alive. It must not contain strings of 1 MB or more, which
 * are outside of that heap.
 */
export function heldBy(make: () => Promise<object>): Promise<number>;
export function heldBy(make: () => object): number;
export function heldBy(make: () => object | Promise<object>): number | Promise<number> {
  const before = used();
  const made = make();
  if (!(made instanceof Promise)) return heldSince(before, made);
  return made.then((kept) => heldSince(before, kept));
}

/** @param _kept keeps the object alive until the measurement */
function heldSince(before: number, _kept: object): number {
  return used() - before;
}

function used(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
