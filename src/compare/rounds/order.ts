import type { SideName } from '../plan/plan.ts';
import type { Random } from '../statistics/random.ts';

/** What a round measures: side A, side B, or A once more, for the comparison of A with itself. */
export type Part = 'a' | 'b' | 'a again';

export const PARTS: readonly Part[] = ['a', 'b', 'a again'];

export function sideOf(part: Part): SideName {
  return part === 'b' ? 'b' : 'a';
}

/** The order of one pair: its three rounds follow each other, so that what changes slowly changes all of them. */
export function orderOfPair(random: Random): Part[] {
  return random.shuffled(PARTS);
}
