import { closest, distance } from 'fastest-levenshtein';

/** Names beyond this are not compared as a whole. */
const LONGEST_NAME = 100;

/** The known name that is most like it, whatever its prefix and spelling: RAW_REQUESTS_URL is meant for INFLUX_URL. */
export function nearest(name: string, known: readonly string[]): string {
  const bare = known.map(bareName);
  return known[bare.indexOf(closest(bareName(name.slice(0, LONGEST_NAME)), bare))]!;
}

/** Whether a name has nothing in common with another one but chance. */
export function isFar(name: string, other: string): boolean {
  const [a, b] = [bareName(name.slice(0, LONGEST_NAME)), bareName(other)];
  return distance(a, b) > Math.max(a.length, b.length) / 2;
}

/**
 * Whether a name is a slip of the keyboard away from a known one: a letter too many, too few or another one, two that
 * have changed places, in a long name two such faults, or the wrong case.
 */
export function isSlip(name: string, known: string): boolean {
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
