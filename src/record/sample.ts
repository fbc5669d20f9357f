/** Requests in flight at the end of a period. */
export interface InFlight {
  /** The slots that they hold. */
  readonly slots: Uint32Array;
  /** How long they were in flight within the period, all together, s. */
  readonly busy: number;
  /** The highest slot that was ever taken. */
  readonly highestSlot: number;
}

/**
 * What the application's thread knows of a period: all of `request-metrics` that is not in the records of the requests
 * that ended in it. Times are in seconds, rates in seconds per second, memory in bytes. What could not be read is
 * undefined, and is not written: Node opens a file to read the memory, and there may be no descriptor left.
 */
export interface Sample {
  /** Wall time, ms since 1970. */
  readonly startMs: number;
  readonly stopMs: number;
  /** How long it was by the monotonic clock. */
  readonly seconds: number;
  readonly inFlight: InFlight;
  /** Of the process, all threads. */
  readonly cpuUser: number | undefined;
  readonly cpuSystem: number | undefined;
  readonly rss: number | undefined;
  readonly maxRss: number | undefined;
  /** Of this thread. */
  readonly eventLoopUtilization: number | undefined;
  readonly eventLoopDelay: { readonly p50: number; readonly p99: number; readonly max: number } | undefined;
}
