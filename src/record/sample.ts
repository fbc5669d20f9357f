/** Requests in flight at the end of a period. */
export interface InFlight {
  /** The slots of these requests. */
  readonly slots: Uint32Array;
  /** The sum of the times that they were in flight within the period, s. */
  readonly busy: number;
  /** The highest slot that was ever used. */
  readonly highestSlot: number;
}

/**
 * The main thread's readings of a period: all values of `request-metrics` that cannot be computed from the records of
 * its requests. Times are in seconds, CPU in seconds per second, memory in bytes. A value that could not be read is
 * undefined and is not written; for example, Node opens a file to read the memory, which fails without free descriptors.
 */
export interface Sample {
  /** Wall time, ms since 1970. */
  readonly startMs: number;
  readonly stopMs: number;
  /** The length of the period by the monotonic clock. */
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
