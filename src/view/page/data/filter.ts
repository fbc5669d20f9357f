import { TRACE_BYTES } from '../../shared/columns.ts';
import type { Block } from './rows.ts';
import { STATUS_CLASSES, type TagSets } from './tags.ts';

/** The tags to filter by, in the order of the menu. */
export const FACETS = ['route', 'method', 'status', 'process', 'outcome', 'service'] as const;
export type Facet = (typeof FACETS)[number];

/** A filter: requests match if they have all of the values, and contain the text in a tag, the path or the trace id.
 * A text that begins with `-` excludes the requests that contain what follows it. */
export interface Filter {
  readonly values: Readonly<Partial<Record<Facet, string>>>;
  readonly text: string;
  /** Requests with one of these values do not match. */
  readonly not?: Readonly<Partial<Record<Facet, readonly string[]>>>;
}

export const NO_FILTER: Filter = { values: {}, text: '' };

export function isFiltering({ values, text, not = {} }: Filter): boolean {
  return text.trim() !== '' || Object.keys(values).length > 0 || Object.keys(not).length > 0;
}

export function withValue(filter: Filter, facet: Facet, value: string | undefined): Filter {
  const { [facet]: _, ...others } = filter.values;
  return { ...filter, values: value === undefined ? others : { ...others, [facet]: value } };
}

/** Excludes a value, or includes it again. */
export function withoutValue(filter: Filter, facet: Facet, value: string, excluded: boolean): Filter {
  const { [facet]: own = [], ...others } = filter.not ?? {};
  const kept = own.filter((one) => one !== value);
  if (excluded) kept.push(value);
  return { ...filter, not: kept.length === 0 ? others : { ...others, [facet]: kept } };
}

/** A compiled filter. Most requests are decided by a table lookup. */
export interface Matcher {
  /** By the id of the tag set: 0 does not match, 1 matches, 2 depends on {@link Matcher.row}. */
  readonly series: Uint8Array;
  row(block: Block, index: number): boolean;
}

/** @param texts paths by id */
export function compile(filter: Filter, sets: TagSets, texts: ReadonlyMap<number, string>): Matcher {
  const written = filter.text.trim().toLowerCase();
  const excludes = written.length > 1 && written.startsWith('-');
  const text = excludes ? written.slice(1) : written;
  const facets = Object.entries(filter.values) as [Facet, string][];
  const excluded = Object.entries(filter.not ?? {}) as [Facet, readonly string[]][];
  const series = new Uint8Array(sets.flags.length);
  sets.tags.forEach((tags, id) => {
    if (tags === undefined) return;
    if (!facets.every(([facet, value]) => hasValue(sets, id, facet, value))) return;
    if (excluded.some(([facet, values]) => values.some((value) => hasValue(sets, id, facet, value)))) return;
    const found = text === '' || hasText(tags, text);
    series[id] = !found ? 2 : excludes ? 0 : 1;
  });
  const paths = new Set<number>();
  if (text !== '') for (const [id, path] of texts) if (path.toLowerCase().includes(text)) paths.add(id);
  const trace = /^[0-9a-f]{4,32}$/.test(text) ? text : undefined;
  const hasRowText = ({ chunk }: Block, index: number) =>
    (chunk.path[index] !== 0 && paths.has(chunk.path[index]!)) ||
    (trace !== undefined && (traceOf(chunk.trace, index)?.startsWith(trace) ?? false));
  return { series, row: (block, index) => hasRowText(block, index) !== excludes };
}

/** Whether the request at `index` matches. */
export function matches({ series, row }: Matcher, block: Block, index: number): boolean {
  const verdict = series[block.chunk.series[index]!];
  return verdict === 1 || (verdict === 2 && row(block, index));
}

function hasValue(sets: TagSets, id: number, facet: Facet, value: string): boolean {
  // The names of the colours, for points without the tag.
  const { process = sets.tags[id]!.hostname ?? '(no process)', route = '(no route)' } = sets.tags[id]!;
  const tag = facet === 'process' ? process : facet === 'route' ? route : sets.tags[id]![facet];
  return tag === value || (facet === 'status' && STATUS_CLASSES[sets.statusClass[id]!] === value);
}

function hasText(tags: Readonly<Record<string, string>>, text: string): boolean {
  return Object.values(tags).some((value) => value.toLowerCase().includes(text));
}

/** The trace id of the request at `index`, 32 hexadecimal digits; undefined if it has none. */
export function traceOf(trace: Uint8Array, index: number): string | undefined {
  let id = '';
  let any = 0;
  for (let i = index * TRACE_BYTES; i < (index + 1) * TRACE_BYTES; i++) {
    any |= trace[i]!;
    id += HEX[trace[i]!]!;
  }
  return any === 0 ? undefined : id;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
