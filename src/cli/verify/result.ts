import type { Numbering, ThreadLedger } from './numbering.ts';
import type { Range } from './range.ts';
import type { ThreadName } from './source.ts';

/** What is known of one thread. */
export interface ThreadResult extends ThreadName, Numbering {
  /** The last one in the range. */
  readonly ledger: ThreadLedger | undefined;
}

export interface Result {
  readonly range: Range;
  /** Name and version of the database. */
  readonly database: string;
  readonly threads: readonly ThreadResult[];
  readonly complete: boolean;
}

/** Whether it is proven that no request is missing. */
export function isComplete({ missing, unknownUpTo }: Numbering): boolean {
  return missing === 0 && unknownUpTo === 0;
}
