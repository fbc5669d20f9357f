import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of line protocol between two collections. A collection takes about a millisecond. */
const EVERY_BYTES = 2 * 2 ** 20;

/**
 * Creates a function that triggers minor garbage collections, by the bytes of parsed bodies. Buffers of bodies are
 * outside of V8's heap, and V8 would let about 30 MB of them accumulate, because the objects that own them are few
 * and small.
 *
 * It sets a V8 flag of the process, so use it only in a process that only serves the view.
 */
export function createGarbageCollector(): (bytes: number) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
  let since = 0;
  return (bytes) => {
    since += bytes;
    if (since < EVERY_BYTES) return;
    since = 0;
    collect({ type: 'minor' });
  };
}
