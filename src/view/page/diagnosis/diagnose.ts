import type { Rows } from '../data/rows.ts';
import type { OpenNow } from '../running/running.ts';
import type { Band } from '../stalls/band.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { aborts } from './rules/aborts.ts';
import { blockedLoops } from './rules/blocked.ts';
import { clock } from './rules/clock.ts';
import { errors } from './rules/errors.ts';
import { slow } from './rules/slow.ts';
import { stuck } from './rules/stuck.ts';

/** The most sentences. */
const MOST = 5;

/** What stands out in view, the most severe first. */
export function diagnose(
  facts: Facts,
  rows: Rows,
  {
    bands,
    open,
    now,
  }: { readonly bands: readonly Band[]; readonly open: readonly OpenNow[]; readonly now: number },
): Finding[] {
  return [
    ...clock(rows, now),
    ...stuck(open),
    ...blockedLoops(bands, rows, facts.sets),
    ...errors(facts),
    ...aborts(facts),
    ...slow(facts),
  ].slice(0, MOST);
}
