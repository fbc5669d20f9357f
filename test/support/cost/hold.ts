import { openSync, readSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long an event loop was held at most, ms. */
export interface Hold {
  /** By the clock: on a busy machine, other programs are part of it. */
  readonly wall: number;
  /** CPU time of the thread itself; NaN where the system does not tell. */
  readonly cpu: number;
}

/** Watches the event loop of this thread from now on; what is returned ends that and says what was seen. */
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
