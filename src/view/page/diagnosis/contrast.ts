import type { TagSets } from '../data/tags.ts';

/** An attribute of requests, and the value in which some requests differ from the others. */
export interface Contrast {
  /** `endpoint`: method, route and service; else the name of a tag. */
  readonly attribute: string;
  readonly value: string;
  /** Of the odd requests: with this value, and all. */
  readonly odd: number;
  readonly odds: number;
  /** Of all requests: with this value, and all. */
  readonly all: number;
  readonly alls: number;
  /** Whether a tag set has this value. */
  has(series: number): boolean;
}

/** A value that fewer of the odd requests have does not name them. */
const MIN_SHARE = 0.3;
/** The value has to be so many times as frequent among the odd requests as among all. */
const MIN_LIFT = 3;
/** The chance that any value of any attribute is named although the odd requests are like the others. */
const MAX_CHANCE = 1e-3;
/** Attributes with more values are names of single things, such as trace ids. */
const MAX_VALUES = 5000;
/** The attribute of a route in a process. */
const PAIR = 'endpoint and process';
/** These follow from the oddness itself, or from other attributes. */
const SKIPPED: ReadonlySet<string> = new Set(['status', 'outcome', 'method', 'route', 'thread', 'worker']);

/**
 * Finds the attribute and value that the odd requests have and the others do not. The chance of the counts, if the odd
 * requests were like the others, is bounded by exp(-n D(p || q)) (Chernoff), with p and q the shares among the odd and among all.
 * It is multiplied by the number of values that were compared, so that the bound holds for all comparisons together.
 *
 * @param odd counts by tag set
 * @param all counts by tag set, the odd ones among them
 */
export function contrast(
  odd: Uint32Array,
  all: Uint32Array,
  sets: TagSets,
  skip: ReadonlySet<string> = new Set(),
): Contrast | undefined {
  const odds = sum(odd);
  const alls = sum(all);
  if (odds === 0 || alls === odds) return undefined;
  const values = new Map<string, Map<string, { odd: number; all: number }>>();
  for (let id = 0; id < all.length; id++) {
    if (all[id] === 0) continue;
    for (const [attribute, value] of attributesOf(sets, id)) {
      if (skip.has(attribute)) continue;
      const byValue = values.get(attribute) ?? new Map<string, { odd: number; all: number }>();
      values.set(attribute, byValue);
      const counts = byValue.get(value) ?? { odd: 0, all: 0 };
      byValue.set(value, counts);
      counts.odd += odd[id]!;
      counts.all += all[id]!;
    }
  }
  const compared = [...values].filter(([, byValue]) => byValue.size > 1 && byValue.size <= MAX_VALUES);
  const tests = compared.reduce((n, [, byValue]) => n + byValue.size, 0);
  const needed = Math.log(tests / MAX_CHANCE);
  let best: { contrast: Contrast; evidence: number } | undefined;
  for (const [attribute, byValue] of compared) {
    for (const [value, counts] of byValue) {
      const p = counts.odd / odds;
      const q = counts.all / alls;
      if (p < MIN_SHARE || p < MIN_LIFT * q) continue;
      const evidence = odds * divergence(p, q);
      // Attributes that say the same are in the order of preference.
      if (evidence < needed || (best !== undefined && evidence <= best.evidence * 1.0001)) continue;
      const has = (series: number) =>
        attributesOf(sets, series).some(([name, own]) => name === attribute && own === value);
      best = {
        contrast: { attribute, value, odd: counts.odd, odds, all: counts.all, alls, has },
        evidence,
      };
    }
  }
  return best?.contrast;
}

/**
 * The same, and a second attribute that differs among the requests with the first value. A route in a process is two
 * attributes.
 */
export function contrasts(odd: Uint32Array, all: Uint32Array, sets: TagSets): Contrast[] {
  const first = contrast(odd, all, sets);
  if (first === undefined) return [];
  if (first.attribute === PAIR) {
    const [endpoint, process] = JSON.parse(first.value) as [string, string];
    return [
      { ...first, attribute: 'endpoint', value: endpoint },
      { ...first, attribute: 'process', value: process },
    ];
  }
  const only = (counts: Uint32Array) => counts.map((n, id) => (n > 0 && first.has(id) ? n : 0));
  const second = contrast(only(odd), only(all), sets, new Set([first.attribute, PAIR]));
  return second === undefined ? [first] : [first, second];
}

/** Relative entropy of two shares, nats. */
function divergence(p: number, q: number): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(p, q) + part(1 - p, 1 - q);
}

function attributesOf(sets: TagSets, id: number): [string, string][] {
  const tags = sets.tags[id];
  if (tags === undefined) return [];
  const endpoint = sets.endpoints.names[sets.endpoint[id]!]!;
  const process = sets.processes.names[sets.process[id]!]!;
  const others = Object.entries(tags).filter(([name]) => !SKIPPED.has(name) && name !== 'process');
  const pair = JSON.stringify([endpoint, process]);
  return [['endpoint', endpoint], ['process', process], ...others, [PAIR, pair]];
}

export function sum(counts: Uint32Array): number {
  let total = 0;
  for (const n of counts) total += n;
  return total;
}
