import { COLORS, FATE_COLORS } from '../colors.ts';
import type { Draft } from '../model.ts';
import { stat } from '../panels/figures.ts';
import type { About, Query } from '../panels/panel.ts';
import { FIGURE_PARTS, MAX_READ } from '../sample.ts';

/** The two groups that are compared: requests with a value of the tag that is chosen. */
export const GROUPS = ['a', 'b'] as const;
export type Group = (typeof GROUPS)[number];

export const nameOf = (group: Group): string => group.toUpperCase();
export const GROUP_COLORS: Readonly<Record<Group, string>> = { a: COLORS.fine, b: FATE_COLORS.upgraded };

/** What descriptions of figures end with. */
export const OF_MANY: string = `Of more than ${MAX_READ.toLocaleString('en')} requests, those in ${FIGURE_PARTS} evenly spaced parts of the time range are read.`;

/** A figure of A, and below it that of B. */
export function pair(about: Omit<About, 'queries'>, of: (group: Group) => string): Draft {
  const queries: Query[] = GROUPS.map((group) => [nameOf(group), of(group)]);
  return stat({ noValue: '-', ...about, queries }, { textMode: 'value_and_name', orientation: 'horizontal' });
}
