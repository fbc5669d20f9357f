import { performance } from 'node:perf_hooks';
import timers from 'node:timers';
import { guarded } from './guard.ts';

// Clocks and timers are taken from Node when this is loaded: an application's tests that put false ones in their place
// (`Date`, `performance.now`, `setTimeout`, `setInterval`) neither reach what is in here nor wait for it.

const { setTimeout, setInterval, clearTimeout } = timers;

/** Monotonic time in ms, with a resolution of ns. */
export const now: () => number = performance.now.bind(performance);

/** ms since 1970. */
export const wallNow: () => number = Date.now;

export type Timer = NodeJS.Timeout;

/** Runs something once. Like `every`, it is guarded and does not keep the process alive; `ref()` would. */
export function after(kind: string, ms: number, run: () => unknown): Timer {
  return setTimeout(guarded(kind, run), ms).unref();
}

/** Runs something again and again. */
export function every(kind: string, ms: number, run: () => unknown): Timer {
  return setInterval(guarded(kind, run), ms).unref();
}

/** Ends either; one that has ended, and none, are fine. */
export function cancel(timer: Timer | undefined): void {
  clearTimeout(timer);
}
