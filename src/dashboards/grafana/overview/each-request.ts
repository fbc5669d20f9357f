import { COLORS } from '../colors.ts';
import { FAILED, over, series, total } from '../influxql.ts';
import type { Section } from '../layout.ts';
import type { Draft, Json } from '../model.ts';
import { dots, LOG } from '../panels/charts.ts';
import { colored, override } from '../panels/panel.ts';
import { DRAWN, DRAWN_FAILED, MAX_DOTS, MAX_FAILED_DOTS, NOT_ALL_DRAWN } from '../sample.ts';
import { TRACE_LINKS } from './single.ts';

const all = MAX_DOTS.toLocaleString('en');
const failures = MAX_FAILED_DOTS.toLocaleString('en');
const SAMPLED = `Up to ${all} requests are all drawn, and so are up to ${failures} errors and aborts. Of more, an even sample of that size is drawn, and the slowest request of each interval. Zoom in to see all.`;

/** The lowest duration that is drawn, in seconds. */
export const MIN_DRAWN = 0.00001;

/**
 * Grafana 7.5 draws nothing if a column has no value at all, as that of failures has none while all is well. So one row has a
 * value in each column, below what is drawn.
 */
const filled = ['failed', 'slowest'].map(
  (name) => `"application_time" * 0 + ${(MIN_DRAWN / 10).toFixed(6)} AS "${name}"`,
);

/** All requests, and over them those that failed. */
export const requestDots = (also = ''): string =>
  over('"request", "failed", "slowest", "trace_id"', [
    total('raw-requests', '"application_time" AS "request", "trace_id"', { where: DRAWN + also }),
    total('raw-requests', '"application_time" AS "failed", "trace_id"', {
      where: `${FAILED} AND ${DRAWN_FAILED}${also}`,
    }),
    series('raw-requests', 'max("application_time") AS "slowest"', { where: NOT_ALL_DRAWN + also }),
    total('raw-requests', `${filled.join(', ')}, "process" AS "trace_id"`, {
      ...(also === '' ? {} : { where: also.replace(' AND ', '') }),
      end: 'LIMIT 1',
    }),
  ]);

const LINKS: Json[] = [
  ...TRACE_LINKS,
  {
    title: 'Requests of that second',
    url: '/d/raw-requests-overview?time=$' + '{__value.time}&time.window=1000&$' + '{__all_variables}',
    targetBlank: true,
  },
];

const eachRequest = dots(
  {
    title: 'Each of $requests requests',
    description: `Each dot is a request, at the time when it ended. Its height is how long the request took, on a logarithmic scale. Errors and aborts are drawn on top of the others. A click on a dot leads to its trace and to the requests of that second. ${SAMPLED}`,
    unit: 's',
    min: MIN_DRAWN,
    queries: [['', requestDots()]],
    overrides: [
      colored('slowest', COLORS.slowest),
      colored('request', COLORS.fine),
      override('failed', { color: { mode: 'fixed', fixedColor: COLORS.bad }, 'custom.pointSize': 5 }),
    ],
  },
  LOG,
);

export const eachRequestSection: Section = {
  title: `Each request (of more than ${all}, a sample of ${all}, with the slowest, and up to ${failures} errors and aborts)`,
  shelves: [{ height: 12, panels: [[24, withLinks(eachRequest)]] }],
};

function withLinks(draft: typeof eachRequest): typeof eachRequest {
  const { defaults, overrides } = draft.fieldConfig!;
  return { ...draft, fieldConfig: { defaults: { ...defaults, links: LINKS }, overrides } };
}

/** By slot, in the section of the load. */
export const eachBySlot: Draft = dots(
  {
    title: 'Each request by slot',
    description: `Each dot is a request, at the time when it ended. Its height is its slot: the lowest slot that was free when it started. So the highest dots show how many requests were handled concurrently. Up to ${all} requests are all drawn, of more an even sample.`,
    unit: 'none',
    min: 0,
    decimals: 0,
    queries: [['', total('raw-requests', '"slot"', { where: DRAWN })]],
  },
  { type: 'linear' },
);
