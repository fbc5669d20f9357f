import type { RequestHead } from '../../options/options.ts';
import { pathOf, targetOf } from '../node/path.ts';

/**
 * Compiles the `ignore` option: exact paths and prefixes that end in `*`, or a function. Undefined if nothing is
 * ignored, so that requests are not checked.
 */
export function ignores(
  setting: readonly string[] | ((req: RequestHead) => boolean),
): ((req: RequestHead) => boolean) | undefined {
  if (typeof setting === 'function') return setting;
  if (setting.length === 0) return undefined;
  const exact = new Set(setting.filter((pattern) => !pattern.endsWith('*')));
  const prefixes = setting.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (req) => {
    const path = pathOf(targetOf(req));
    return exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix));
  };
}
