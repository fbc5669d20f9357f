import {
  csvHead,
  csvOf,
  lineOf,
  moreTagsOf,
  type Naming,
  requestAt,
  traceEventOf,
  traceNames,
} from './export-formats.ts';
import { type Matcher, matches } from './filter.ts';
import type { Block, Rows } from './rows.ts';
import type { Span } from './scale.ts';

export type ExportKind = 'line-protocol' | 'csv' | 'trace';

export const EXPORTS: Readonly<Record<ExportKind, { extension: string; type: string }>> = {
  'line-protocol': { extension: 'lp', type: 'text/plain' },
  csv: { extension: 'csv', type: 'text/csv' },
  trace: { extension: 'trace.json', type: 'application/json' },
};

/** The requests to export: those in view, in the order of arrival. */
export interface Selection extends Span {
  /** Range of durations, s, inclusive. */
  readonly low: number;
  readonly high: number;
  readonly matcher: Matcher;
}

/** Yields the parts of a file, one block of requests at a time, so that the page stays responsive. */
export function* exportParts(
  kind: ExportKind,
  rows: Rows,
  selection: Selection,
  naming: Naming,
): Generator<string, number> {
  const { sets } = naming;
  const moreTags = moreTagsOf(sets);
  const slots = new Map<number, Set<number>>();
  const originNs =
    BigInt(rows.baseMs + Math.floor(Math.min(selection.from, earliest(rows, selection)))) * 1_000_000n;
  let count = 0;
  if (kind === 'csv') yield `${csvHead(moreTags)}\n`;
  if (kind === 'trace') yield `{"otherData":{"origin_ns":"${originNs}"},"traceEvents":[\n`;
  for (const block of [...rows.ending(selection.from, selection.to)]) {
    let text = '';
    for (const index of selected(block, selection)) {
      const request = requestAt(block, index, naming);
      if (kind === 'line-protocol') text += `${lineOf(request)}\n`;
      else if (kind === 'csv') text += `${csvOf(request, moreTags)}\n`;
      else {
        const group = sets.group[block.chunk.series[index]!]!;
        const slot = block.chunk.slot.get(index);
        const used = slots.get(group) ?? new Set();
        slots.set(group, used.add(slot));
        text += `${count === 0 ? '' : ',\n'}${JSON.stringify(traceEventOf(request, group, slot, originNs))}`;
      }
      count++;
    }
    yield text;
  }
  if (kind === 'trace') {
    const names = traceNames(sets, slots).map((name) => JSON.stringify(name));
    yield `${names.map((name, i) => `${count === 0 && i === 0 ? '' : ',\n'}${name}`).join('')}\n]}\n`;
  }
  return count;
}

function* selected(block: Block, { from, to, low, high, matcher }: Selection): Generator<number> {
  for (let index = block.from; index < block.to; index++) {
    const end = block.end[index]!;
    const seconds = block.chunk.duration[index]!;
    if (end >= from && end < to && seconds >= low && seconds <= high && matches(matcher, block, index))
      yield index;
  }
}

function earliest(rows: Rows, { from, to }: Span): number {
  let first = from;
  for (const block of rows.ending(from, to)) first = Math.min(first, block.minStart);
  return first;
}
