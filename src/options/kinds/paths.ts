import * as v from 'valibot';
import { aFunction } from './code-only.ts';
import type { Kind } from './kind.ts';
import { splitList } from './text.ts';

const MAX_PATHS = 1000;
const rule = 'to be a list of paths such as /healthz, or prefixes such as /assets/*';

const paths = v.pipe(
  // The length is checked before the items, so that a huge array takes no time.
  v.custom<string[]>(
    (value) => Array.isArray(value) && value.length <= MAX_PATHS,
    `to be a list of at most ${MAX_PATHS} paths`,
  ),
  v.array(v.pipe(v.string(rule), v.regex(/^\/[^\s*?#]*\*?$/, rule))),
  v.transform((list): readonly string[] => Object.freeze(list)),
);

/** A list of paths, or of prefixes that end in `*`; in code also a function. */
export function pathsOr<F extends (...args: never) => unknown>(): Kind<readonly string[] | F> {
  const { fromCode } = aFunction<F>();
  return {
    fromCode: v.lazy(
      (value): v.GenericSchema<unknown, readonly string[] | F> =>
        typeof value === 'function' ? fromCode : paths,
    ),
    fromText: v.pipe(v.string(), v.transform(splitList), paths),
  };
}
