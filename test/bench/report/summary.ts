import type { Results, Settings } from '../overhead/rounds.ts';
import type { ServerName } from '../overhead/servers.ts';
import type { VariantName } from '../overhead/variants.ts';
import { pairwise, type Spread, spread } from '../statistics.ts';

/** One figure of a variant, and what it is beside the bare server: the difference, or of the throughput the part kept. */
export interface Figure {
  readonly value: Spread;
  readonly beside: Spread;
}

/** Of one variant, by the name of the figure. */
export type Row = Readonly<Partial<Record<string, Figure>>>;

export type ServerRows = Readonly<Partial<Record<VariantName, Row>>>;

/** What is saved of a run. */
export interface Summary {
  readonly machine: string;
  readonly date: string;
  readonly command: string;
  readonly settings: Settings;
  readonly servers: Readonly<Partial<Record<ServerName, ServerRows>>>;
}

/** The middle of the rounds with their extremes, and the same of the differences, slice by slice. */
export function summarize(results: Results): ServerRows {
  const [bare] = results.values();
  const rows = [...results].map(([variant, rounds]): [VariantName, Row] => {
    const names = new Set(rounds.flat().flatMap((slice) => Object.keys(slice)));
    const figures = [...names].map((name): [string, Figure] => {
      const of = (all: typeof rounds) =>
        all.map((slices) => slices.flatMap((slice) => slice[name] ?? [])).filter(({ length }) => length > 0);
      const [values, base] = [of(rounds), of(bare!)];
      const compare = (value: number, beside: number) =>
        name === 'perSecond' ? value / beside : value - beside;
      const isPair = base.length === values.length;
      return [name, { value: spread(values), beside: isPair ? pairwise(values, base, compare) : NONE }];
    });
    return [variant, Object.fromEntries(figures)];
  });
  return Object.fromEntries(rows);
}

const NONE: Spread = { median: Number.NaN, min: Number.NaN, max: Number.NaN };
