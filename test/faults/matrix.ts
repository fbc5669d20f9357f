import type { ProvenElsewhere, Row } from './row.ts';
import { retryAfter, statuses, strange } from './rows/answers.ts';
import { exitWithout, killedWithSpool } from './rows/endings.ts';
import { frozen, killed, neverUp, none, overflow } from './rows/outages.ts';
import { diskFull, expired, tooLarge, tooManyValues, typeConflict } from './rows/refusals.ts';
import { workers } from './rows/workers.ts';

/** All faults, and what shows that the library takes them. */
export const matrix: readonly (Row | ProvenElsewhere)[] = [
  none,
  frozen,
  killed,
  neverUp,
  overflow,
  exitWithout,
  killedWithSpool,
  ...workers,
  statuses,
  tooLarge,
  typeConflict,
  expired,
  tooManyValues,
  retryAfter,
  strange,
  diskFull,
];
