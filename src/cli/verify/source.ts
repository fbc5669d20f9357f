import type { Ledgers } from './numbering.ts';
import type { Range } from './range.ts';

/** A thread of a process, as the tags of its points name it. */
export interface ThreadName {
  readonly process: string;
  readonly thread: string;
}

/** The number of a request, and its time in ns since 1970. */
export type NumberedPoint = readonly [sequence: number, time: bigint];

/** A database that can be read. */
export interface Source {
  /** Name and version, for messages. */
  readonly name: string;
  /** The threads that have requests or ledgers in the range. */
  threads(range: Range): Promise<ThreadName[]>;
  /** The numbers of the requests of a thread, in the order of time, in pages. */
  numbers(thread: ThreadName, range: Range): AsyncIterable<readonly NumberedPoint[]>;
  /** The last ledger of a thread before the range, and the last one in it. */
  ledgers(thread: ThreadName, range: Range): Promise<Ledgers>;
}
