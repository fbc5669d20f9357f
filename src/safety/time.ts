import { performance } from 'node:perf_hooks';
import timers from 'node:timers';
import { guarded } from './guard.ts';

// Clocks and timers are read from Node when this module is loaded. So tests of an application that replace `Date`,
// `performance.now`, `setTimeout` or `setInterval` do not affect this library.

const { setTimeout, setInterval, clearTimeout } = timers;

/** Monotonic time in ms, with nanosecond resolution. */
export const now: () => number = performance.now.bind(performance);

/** Wall time in ms since 1970. */
export const wallNow: () => number = Date.now;

export type Timer = NodeJS.Timeout;

/** Runs a function once, after `ms`. Like that of `every`, the timer is guarded and does not keep the process alive. */
export function after(kind: string, ms: number, run: () => unknown): Timer {
  return setTimeout(guarded(kind, run), ms).unref();
}

/** Runs a function every `ms`. */
export function every(kind: string, ms: number, run: () => unknown): Timer {
  return setInterval(guarded(kind, run), ms).unref();
}

/** Cancels a timer of `after` or `every`; no effect if it has ended or is undefined. */
export function cancel(timer: Timer | undefined): void {
  clearTimeout(timer);
}
