import type * as v from 'valibot';
import type { Source } from '../show.ts';

/** How the value of a setting is read and checked. Messages of the schemas follow "Expected <the setting> ". */
export interface Kind<T> {
  readonly fromCode: v.GenericSchema<unknown, T>;
  /** For the text of an environment variable. */
  readonly fromText: v.GenericSchema<string, T>;
  /** Formats a wrong value for the message, if it may contain secrets. */
  readonly show?: (value: unknown, source: Source) => string;
}
