import type { Server } from 'node:http';
import { caught } from '../../safety/guard.ts';

/** A function that gets an event of a server, with its first two arguments. */
export type See = (server: Server, event: string, first: unknown, second: unknown) => void;

/**
 * Wraps `emit` of a server's prototype: `before` runs before the listeners of each event, and `after` after them.
 *
 * @returns a function that removes the wrapper
 */
export function wrapEmit(prototype: object, before: See, after?: See): () => void {
  const owner = prototype as { emit?: (...args: unknown[]) => boolean };
  const own = Object.hasOwn(owner, 'emit');
  const { emit } = owner as Required<typeof owner>;
  const wrapped = function (this: Server, ...args: unknown[]): boolean {
    see(before, this, args[0], args[1], args[2]);
    const returned = emit.apply(this, args);
    if (after !== undefined) see(after, this, args[0], args[1], args[2]);
    return returned;
  };
  Object.defineProperty(owner, 'emit', {
    value: wrapped,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  return () => {
    if (owner.emit !== wrapped) return; // other code has wrapped it since
    if (own) owner.emit = emit;
    else delete owner.emit;
  };
}

function see(run: See, server: Server, event: unknown, first: unknown, second: unknown): void {
  try {
    run(server, event as string, first, second);
  } catch (error) {
    caught('an event of a server', error);
  }
}
