import { closest, distance } from 'fastest-levenshtein';

/** The most characters of a name that are compared. */
const MAX_LENGTH = 100;

/** The known name that is most similar, without regard to prefix and case: for RAW_REQUESTS_URL it is INFLUX_URL. */
export function nearest(name: string, known: readonly string[]): string {
  const bare = known.map(bareName);
  return known[bare.indexOf(closest(bareName(name.slice(0, MAX_LENGTH)), bare))]!;
}

/** Whether two names differ in more than half of their characters. */
export function isFar(name: string, other: string): boolean {
  const [a, b] = [bareName(name.slice(0, MAX_LENGTH)), bareName(other)];
  return distance(a, b) > Math.max(a.length, b.length) / 2;
}

/**
 * Whether a name is a typing error of a known one: a letter added, missing or replaced (two such errors in a long name),
 * two letters swapped, or the wrong case.
 */
export function isTypo(name: string, known: string): boolean {
  if (Math.abs(name.length - known.length) > 2) return false;
  const [a, b] = [name.toUpperCase(), known.toUpperCase()];
  const faults = distance(a, b);
  return faults <= (b.length >= LONG_NAME ? 2 : 1) || (faults === 2 && hasSwap(a, b));
}

const LONG_NAME = 15;

function hasSwap(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((character, i) => character !== b[i]);
  return a[at] === b[at + 1] && a[at + 1] === b[at];
}

function bareName(name: string): string {
  return name
    .replace(/^(?:RAW_REQUESTS|INFLUX|OTEL)_/, '')
    .replaceAll('_', '')
    .toLowerCase();
}
