import type { Filter } from '../data/filter.ts';
import type { Span } from '../data/scale.ts';
import type { TagSets } from '../data/tags.ts';
import type { Contrast } from './contrast.ts';

/** A name within a sentence, or text between names. */
export type Part = string | { readonly name: string };

/** A fact that stands out. */
export interface Finding {
  readonly rule: 'clock' | 'stuck' | 'blocked' | 'errors' | 'time-outs' | 'aborts' | 'slow route' | 'slow';
  readonly sentence: readonly Part[];
  /** What shows it. */
  readonly filter: Filter['values'];
  readonly span: Span | undefined;
}

/** A sentence as text. */
export function textOf({ sentence }: Pick<Finding, 'sentence'>): string {
  return sentence.map((part) => (typeof part === 'string' ? part : part.name)).join('');
}

/** Method and route of an endpoint, as people write them. */
export function endpointName(endpoint: string): string {
  const [method, route, service] = endpoint.split('\n');
  const name = `${method} ${route}`.trim();
  return service === undefined ? name : `${name} of ${service}`;
}

/** "of GET /pay in process web:412": the values in which requests differ. */
export function where(contrasts: readonly Contrast[]): Part[] {
  const endpoint = contrasts.find(({ attribute }) => attribute === 'endpoint');
  const others = contrasts.filter((one) => one !== endpoint);
  return [
    ...(endpoint === undefined ? [] : ([' of ', { name: endpointName(endpoint.value) }] as Part[])),
    ...others.flatMap(({ attribute, value }): Part[] => [
      attribute === 'process' ? ' in process ' : ` with ${attribute} `,
      { name: value },
    ]),
  ];
}

/** The filter that shows these values, as far as the page can filter by them. */
export function filterOf(contrasts: readonly Contrast[]): Filter['values'] {
  return Object.assign(
    {},
    ...contrasts.map(({ attribute, value }) => {
      if (attribute === 'process' || attribute === 'service') return { [attribute]: value };
      return attribute === 'endpoint' ? endpointFilter(value) : {};
    }),
  );
}

export function endpointFilter(endpoint: string): Filter['values'] {
  const [method, route, service] = endpoint.split('\n');
  return {
    ...(method === '' ? {} : { method }),
    ...(route === undefined ? {} : { route }),
    ...(service === undefined ? {} : { service }),
  };
}

/** "in process web:412", "in all 8 processes", "in 3 of 8 processes". @param served the number of those with such requests */
export function processesOf(
  sets: TagSets,
  part: ReadonlySet<number>,
  all: ReadonlySet<number>,
  served: number,
): Part[] {
  if (part.size === 1) return [' in process ', { name: sets.processes.names[[...part][0]!]! }];
  if (part.size === all.size) return [` in all ${all.size} processes`];
  return [
    part.size === served
      ? ` in all ${served} processes that served it`
      : ` in ${part.size} of ${all.size} processes`,
  ];
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 9.95 || value === 0 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}
