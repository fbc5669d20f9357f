import type { Mark } from '../../shared/feed.ts';
import type { Rows } from '../data/rows.ts';
import { groupOf, type TagSets } from '../data/tags.ts';
import type { Band } from './band.ts';
import { locate } from './locate.ts';

/** Marks as bands. A blocked loop is located by the requests in memory. */
export function bandsOf(marks: readonly Mark[], rows: Rows, sets: TagSets): Band[] {
  const bands = marks.map((mark) => bandOf(mark, rows, sets, []));
  // What is located exactly leaves less room for the others.
  const exact = bands.filter(({ kind, exact }) => kind === 'blocked' && exact);
  return bands.map((band, i) => {
    if (band.exact) return band;
    const taken = exact.filter(({ group }) => group === band.group);
    return taken.length === 0 ? band : bandOf(marks[i]!, rows, sets, taken);
  });
}

function bandOf(mark: Mark, rows: Rows, sets: TagSets, taken: readonly Band[]): Band {
  const { kind, number, seconds, text, tags } = mark;
  const group = groupOf(tags);
  const common = { kind, id: String(number), group, process: processOf(mark), seconds, text };
  const [from, to] = [mark.from - rows.baseMs, mark.at - rows.baseMs];
  if (kind !== 'blocked') return { ...common, from: to, to, exact: true };
  const lengthMs = seconds * 1000;
  const events = eventsOf(rows, sets, group, from - lengthMs - 50, to + 50);
  return { ...common, ...locate(events, from, to, lengthMs, taken) };
}

/** Process of a mark. `process-event` has no tag of that name in older versions. */
export function processOf({ tags }: Mark): string {
  return tags.process ?? `${tags.hostname ?? ''}:${tags.pid ?? ''}`;
}

/** The times at which requests of a group started or ended. */
function eventsOf(rows: Rows, sets: TagSets, group: string, from: number, to: number): number[] {
  const id = sets.groups.id(group);
  const events: number[] = [];
  for (const block of rows.open(from, to)) {
    const { series } = block.chunk;
    for (let i = block.from; i < block.to; i++) {
      if (sets.group[series[i]!] !== id) continue;
      const end = block.end[i]!;
      if (end < from) continue;
      if (end <= to) events.push(end);
      const start = block.start(i);
      if (start >= from && start <= to) events.push(start);
    }
  }
  return events;
}
