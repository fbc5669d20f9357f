import { FACETS, type Facet, type Filter } from '../data/filter.ts';
import type { Span } from '../data/scale.ts';
import type { Range, Window } from '../data/view.ts';

/** What a reload, or a colleague with the address, gets back. Times are ms since 1970. */
export interface Place {
  readonly window: Window;
  /** The span of a view that does not follow the newest requests. */
  readonly span: Span | undefined;
  readonly range: Range | undefined;
  readonly filter: Filter;
  /** The end of the selected request, ns since 1970. */
  readonly request: bigint | undefined;
  readonly colour: 'status' | 'route' | 'process';
  readonly scale: 'log' | 'linear';
  readonly table: 'routes' | 'processes';
}

const WINDOWS: readonly Window[] = [30_000, 300_000, 'all'];
const COLOURS = ['status', 'route', 'process'] as const;

/** The part of the address after `#`. What is as usual is left out. */
export function addressOf(place: Place): string {
  const query = new URLSearchParams();
  const { filter, span, range } = place;
  if (place.window !== WINDOWS[0]) query.set('window', String(place.window));
  if (span !== undefined) {
    query.set('from', span.from.toFixed(4));
    query.set('to', span.to.toFixed(4));
  }
  if (range !== undefined) {
    query.set('low', String(range.low));
    query.set('high', String(range.high));
  }
  for (const facet of FACETS) {
    const value = filter.values[facet];
    if (value !== undefined) query.set(facet, value);
    for (const excluded of filter.not?.[facet] ?? []) query.append(`not-${facet}`, excluded);
  }
  if (filter.text !== '') query.set('text', filter.text);
  if (place.colour !== 'status') query.set('colour', place.colour);
  if (place.scale !== 'log') query.set('scale', place.scale);
  if (place.table !== 'routes') query.set('table', place.table);
  if (place.request !== undefined) query.set('request', String(place.request));
  return query.toString();
}

/** Reads an address. What is invalid is left out, because an address may be cut or typed. */
export function placeOf(hash: string): Place {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const number = (name: string) => {
    const text = query.get(name);
    return text === null || text === '' ? Number.NaN : Number(text);
  };
  const [from, to, low, high] = ['from', 'to', 'low', 'high'].map(number) as [number, number, number, number];
  const values: Partial<Record<Facet, string>> = {};
  const not: Partial<Record<Facet, readonly string[]>> = {};
  for (const facet of FACETS) {
    const value = query.get(facet);
    if (value !== null) values[facet] = value;
    const excluded = query.getAll(`not-${facet}`);
    if (excluded.length > 0) not[facet] = excluded;
  }
  const request = query.get('request') ?? '';
  return {
    window: WINDOWS.find((window) => String(window) === query.get('window')) ?? WINDOWS[0]!,
    span: from < to && Number.isFinite(to - from) ? { from, to } : undefined,
    range: low < high && Number.isFinite(high - low) ? { low, high } : undefined,
    filter: { values, text: query.get('text') ?? '', ...(Object.keys(not).length > 0 && { not }) },
    request: /^-?\d{1,19}$/.test(request) ? BigInt(request) : undefined,
    colour: COLOURS.find((colour) => colour === query.get('colour')) ?? 'status',
    scale: query.get('scale') === 'linear' ? 'linear' : 'log',
    table: query.get('table') === 'processes' ? 'processes' : 'routes',
  };
}

/** Whether the step from one place to another is one that Back undoes. Typing, moving and going from request to request are many small steps. */
export function isStep(from: Place, to: Place): boolean {
  const kept = (place: Place) =>
    addressOf({
      ...{ ...place, span: undefined, range: undefined, filter: { ...place.filter, text: '' } },
      request: place.request === undefined ? undefined : 0n,
    });
  if (kept(from) !== kept(to)) return true;
  if ((from.span === undefined) !== (to.span === undefined)) return true;
  if ((from.filter.text === '') !== (to.filter.text === '')) return true;
  const length = (span: Span | undefined) => (span === undefined ? 1 : span.to - span.from);
  const ratio = length(from.span) / length(to.span);
  return ratio > 1.8 || ratio < 1 / 1.8;
}
