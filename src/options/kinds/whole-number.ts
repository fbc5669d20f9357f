import * as v from 'valibot';
import type { Kind } from './kind.ts';

export const MiB: number = 2 ** 20;
export const HOUR_MS = 3_600_000;

export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const rule = `to be a whole number ${range}`;
  const fromCode = v.pipe(v.number(rule), v.safeInteger(rule), v.minValue(min, rule), v.maxValue(max, rule));
  return {
    fromCode,
    fromText: v.pipe(v.string(), v.regex(/^\s*\d+\s*$/, rule), v.transform(Number), fromCode),
  };
}
