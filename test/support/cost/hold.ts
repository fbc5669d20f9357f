import { openSync, readSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The longest time that an event loop was blocked, ms. */
export interface Hold {
  /** Wall time, which includes other programs on a busy machine. */
  readonly wall: number;
  /** CPU time of the thread; NaN if the system does not report it. */
  readonly cpu: number;
}

/** Starts to observe the event loop of this thread. The returned function stops it, and returns the result. */
export function watchEventLoop(): () => Hold {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpuTime = threadCpuTime();
  let last = cpuTime();
  let cpu = cpuTime === none ? Number.NaN : 0;
  const sample = () => {
    const now = cpuTime();
    cpu = Math.max(cpu, now - last);
    last = now;
  };
  const timer = setInterval(sample, 1);
  delay.enable();
  return () => {
    sample();
    clearInterval(timer);
    delay.disable();
    return { wall: delay.max / 1e6, cpu };
  };
}

const none = () => Number.NaN;

/** CPU time of this thread so far, ms. */
function threadCpuTime(): () => number {
  if (process.platform !== 'linux') return none;
  const file = openSync('/proc/thread-self/schedstat', 'r');
  const text = Buffer.alloc(64);
  return () => Number.parseInt(text.toString('latin1', 0, readSync(file, text, 0, 64, 0)), 10) / 1e6;
}
