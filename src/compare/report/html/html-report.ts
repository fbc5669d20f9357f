import { readFileSync } from 'node:fs';
import type { Samples } from '../../load/messages.ts';
import type { Plan } from '../../plan/plan.ts';
import { isMoreBetter } from '../../plan/plan.ts';
import type { Comparison } from '../../result.ts';
import { type Part, sideOf } from '../../rounds/order.ts';
import type { Points } from '../../rounds/points.ts';
import { HEADINGS, metricName } from '../words.ts';
import { ResponseTimes } from './histogram.ts';
import { html, json } from './markup.ts';
import { packPoints, packSamples } from './pack.ts';
import { type PackedRows, type PageData, type RoundEntry, rowsId } from './page-data.ts';
import { sections } from './sections.ts';

/** A round with all of its requests. */
export interface RoundRequests {
  readonly pair: number;
  readonly part: Part;
  readonly measuredMs: number;
  readonly points: Points;
  readonly samples: Samples;
}

/** Requests of all rounds that are in a page, as servers and clients saw them; beyond, each n-th of a round is. */
const MAX_REQUESTS = 4_000_000;

/**
 * A page that needs nothing besides itself, piece by piece, as it may be longer than a string can be.
 *
 * @param rounds are read one by one
 */
export function* htmlReport(
  comparison: Comparison,
  { load, rounds: planned }: Plan,
  rounds: Iterable<RoundRequests>,
  maxRequests: number = MAX_REQUESTS,
): Generator<string> {
  const [beforeTitle, beforeReport, beforeData, end] = template();
  const { verdict, metric, sides, ratio, aa } = comparison;
  const names = { a: sides.a?.name ?? 'A', b: sides.b?.name ?? 'B' };
  yield beforeTitle + html`${HEADINGS[verdict]}: ${names.a}, ${names.b}`.text;
  yield beforeReport + sections(comparison).text + beforeData;

  const valid = new Set(comparison.rounds.pairs.map(({ round }) => round));
  const entries: RoundEntry[] = [];
  const response = { a: new ResponseTimes(), b: new ResponseTimes() };
  const most = Math.max(1, Math.floor(maxRequests / (2 * 3 * Math.max(planned, valid.size))));
  for (const { pair, part, measuredMs, points, samples } of rounds) {
    entries.push({ pair, part, isVoid: !valid.has(pair) });
    // Of a run without pairs that count, all rounds are shown.
    if (valid.has(pair) || valid.size === 0) response[sideOf(part)].add(samples.latency);
    yield rowsElement(rowsId({ pair, part }, 'server'), packPoints(points, measuredMs, most));
    yield rowsElement(rowsId({ pair, part }, 'client'), packSamples(samples, load.mix, most));
  }

  const data: PageData = {
    names,
    metric: metricName(metric),
    isMoreBetter: isMoreBetter(metric),
    ratio,
    aa,
    pairs: comparison.rounds.pairs,
    response: { a: response.a.histogram, b: response.b.histogram },
    rounds: entries,
  };
  yield html`<script type="application/json" id="comparison">${json(data)}</script>`.text;
  yield end;
}

function rowsElement(id: string, rows: PackedRows): string {
  return html`<script type="application/json" id="${id}">${json(rows)}</script>\n`.text;
}

/** The page without its content, which `npm run build` makes: see scripts/compare-page.js. */
function template(): [string, string, string, string] {
  const text = readFileSync(new URL('./template.html', import.meta.url), 'utf8');
  const parts = text.split(/<!--(?:title|report|data)-->/);
  if (parts.length !== 4) throw new Error('template.html of compare is damaged: build it with npm run build');
  return parts as [string, string, string, string];
}
