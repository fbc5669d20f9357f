import type * as v from 'valibot';
import type { Source } from '../show.ts';

/** How the value of a setting is read and checked. Messages continue "Expected <the setting> ...". */
export interface Kind<T> {
  readonly fromCode: v.GenericSchema<unknown, T>;
  /** Of an environment variable. */
  readonly fromText: v.GenericSchema<string, T>;
  /** How a wrong value appears in the message, where it must not appear as it is. */
  readonly show?: (value: unknown, source: Source) => string;
}
