// Computes the results of queries from the points.
import type { Row } from '../../../src/cli/influxql.ts';

/** A point with its tags and fields; `ms` is its time. */
export type Sample = Row & { readonly ms: number };

/** A value whose last digits depend on the order of additions. */
export interface About {
  readonly about: number;
}
export type Expected = number | string | null | About;

/** By name of the column. */
export type Columns = Readonly<Record<string, (points: readonly Sample[]) => Expected>>;

/** A row of a result: the values of its group's tags, its time if it has one, and its columns. */
export interface ExpectedRow {
  readonly tags: Readonly<Record<string, string>>;
  readonly ms?: number;
  readonly values: Readonly<Record<string, Expected>>;
}

export const about = (value: number): About => ({ about: value });

/** The values of a field, of all points that have it. */
export function values(points: readonly Sample[], field: string): number[] {
  return points.flatMap((point) => (point[field] == null ? [] : [Number(point[field])]));
}

const add = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

export const count = (field: string) => (points: readonly Sample[]) => values(points, field).length;

/** Per second. */
export const rate = (field: string, ms: number) => (points: readonly Sample[]) =>
  about((values(points, field).length * 1000) / ms);

export const sum = (field: string) => (points: readonly Sample[]) => {
  const numbers = values(points, field);
  if (numbers.length === 0) return null;
  const total = add(numbers);
  return numbers.every(Number.isInteger) ? total : about(total);
};

export const mean = (field: string) => (points: readonly Sample[]) => {
  const numbers = values(points, field);
  return numbers.length === 0 ? null : about(add(numbers) / numbers.length);
};

const extreme =
  (pick: (...numbers: number[]) => number) => (field: string) => (points: readonly Sample[]) => {
    const numbers = values(points, field);
    return numbers.length === 0 ? null : numbers.reduce((a, b) => pick(a, b));
  };
export const max = extreme(Math.max);
export const min = extreme(Math.min);

/** The latest value. */
export const last = (field: string) => (points: readonly Sample[]) => values(points, field).at(-1) ?? null;

/** InfluxQL's PERCENTILE: the value of the nearest rank. */
export const percentile = (field: string, percent: number) => (points: readonly Sample[]) => {
  const numbers = values(points, field).sort((a, b) => a - b);
  const rank = Math.floor((numbers.length * percent) / 100 + 0.5);
  return numbers[rank - 1] ?? null;
};

/** Groups of points, by their tags. */
export function groups(
  points: readonly Sample[],
  tags: readonly string[],
): { readonly tags: Record<string, string>; readonly points: Sample[] }[] {
  if (tags.length === 0) return points.length === 0 ? [] : [{ tags: {}, points: [...points] }];
  const found = new Map<string, { tags: Record<string, string>; points: Sample[] }>();
  for (const point of points) {
    const own = Object.fromEntries(tags.map((tag) => [tag, String(point[tag] ?? '')]));
    const key = JSON.stringify(own);
    const group = found.get(key);
    if (group) group.points.push(point);
    else found.set(key, { tags: own, points: [point] });
  }
  return [...found.values()];
}

export function evaluate(columns: Columns, points: readonly Sample[]): Record<string, Expected> {
  return Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, of(points)]));
}

/** A number, for further computations. */
export function plain(value: Expected | undefined): number | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? value.about : Number(value);
}
