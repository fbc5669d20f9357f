import type { Rows } from '../../data/rows.ts';
import { formatAge, formatCount } from '../../format.ts';
import type { Finding } from '../finding.ts';

/** Clocks differ by less, ms. */
const MIN_AHEAD_MS = 5000;

/** Requests that ended after the present of the view: the clock of a writer, or that of the view, is wrong. @param now ms after the base */
export function clock(rows: Rows, now: number): Finding[] {
  if (!(rows.maxEnd > now + MIN_AHEAD_MS)) return [];
  let count = 0;
  for (const block of rows.ending(now + MIN_AHEAD_MS, Number.POSITIVE_INFINITY)) {
    for (let i = block.from; i < block.to; i++) if (block.end[i]! > now + MIN_AHEAD_MS) count++;
  }
  const ahead = formatAge(rows.maxEnd - now);
  const many = count === 1 ? '1 request is' : `${formatCount(count)} requests are`;
  return [
    {
      rule: 'clock',
      sentence: [
        `${many} up to ${ahead} ahead of the clock of this view: a clock is wrong. “All” shows them.`,
      ],
      filter: {},
      span: { from: now - 1000, to: rows.maxEnd + 1000 },
    },
  ];
}
