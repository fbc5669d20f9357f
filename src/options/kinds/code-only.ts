import * as v from 'valibot';
import type { Kind } from './kind.ts';

// Values that cannot be written as text. Settings of these kinds have no environment variable.

export function aFunction<T extends (...args: never) => unknown>(): Kind<T> {
  return {
    fromCode: v.custom<T>((value) => typeof value === 'function', 'to be a function'),
    fromText: v.never(),
  };
}

/** An object with these functions. `what` is its name in the error message. */
export function withFunctions<T extends object>(
  names: readonly (keyof T & string)[],
  what = 'an object',
): Kind<T> {
  return {
    fromCode: v.custom<T>(
      (value) => names.every((name) => typeof (value as T | null | undefined)?.[name] === 'function'),
      `to be ${what} with the functions ${names.join(', ')}`,
    ),
    fromText: v.never(),
  };
}
