import { MAX_KEY_BYTES, MAX_LINE_BYTES } from './limits.ts';

/** The greatest timestamp, and its negative the smallest, as in InfluxDB; ns. */
export const MAX_TIME_NS = 9_223_372_036_854_775_806n;

/** Why a line is refused. Functions of the parser return the negative number. */
export const Problem = {
  missingFields: 1,
  invalidField: 2,
  missingFieldKey: 3,
  missingFieldValue: 4,
  invalidNumber: 5,
  invalidBoolean: 6,
  unbalancedQuotes: 7,
  badTimestamp: 8,
  timeRange: 9,
  keyTooLong: 10,
  unbalancedOrLong: 11,
} as const;

/** The reasons by number, in InfluxDB's words. */
export const PROBLEMS: readonly string[] = [
  '',
  'missing fields',
  'invalid field format',
  'missing field key',
  'missing field value',
  'invalid number',
  'invalid boolean',
  'unbalanced quotes',
  'bad timestamp',
  `time outside range -${MAX_TIME_NS} - ${MAX_TIME_NS}`,
  `measurement and tags have more than ${MAX_KEY_BYTES} bytes`,
  `unbalanced quotes, or a line of more than ${MAX_LINE_BYTES} bytes`,
];
