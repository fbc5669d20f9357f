import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of V8's heap that what `make` made keeps. It must not make strings of 1 MB and more: those lie elsewhere. */
export function heldBy(make: () => Promise<object>): Promise<number>;
export function heldBy(make: () => object): number;
export function heldBy(make: () => object | Promise<object>): number | Promise<number> {
  const before = used();
  const made = make();
  if (!(made instanceof Promise)) return heldSince(before, made);
  return made.then((kept) => heldSince(before, kept));
}

/** @param _kept what was made, which is to be alive until it is measured */
function heldSince(before: number, _kept: object): number {
  return used() - before;
}

function used(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
