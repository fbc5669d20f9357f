import { ANSWERED, overSeries, series, seriesOf, total, WHOLE_INTERVALS } from '../influxql.ts';
import type { Query } from '../panels/panel.ts';
import { COUNTED, durations, LINE_PARTS, NUMBERED } from '../sample.ts';

// Queries of the measurement `raw-requests`.

export const raw = (columns: string, where?: string, group: string[] = [], end?: string): string =>
  series('raw-requests', columns, { group, ...(where ? { where } : {}), ...(end ? { end } : {}) });
export const count = (where?: string, group: string[] = []): string =>
  total('raw-requests', 'count("application_time")', { ...(where ? { where } : {}), group });

/** Requests per interval that match a condition, with 0 where there are none, also if there are none at all. */
export const counts = (name: string, where: string): Query => [
  name,
  overSeries(
    'sum("n") AS "requests"',
    [
      raw('count("application_time") AS "n"', where),
      // One request of any kind, without reading others, so that there is a series of zeros.
      total('raw-requests', '"application_time" * 0 AS "n"', { time: WHOLE_INTERVALS, end: 'LIMIT 1' }),
    ],
    { end: 'fill(0)' },
  ),
];

/** Errors: answered with a status 5xx. */
export const ERROR: string = `"status" =~ /^5/ AND ${ANSWERED}`;
/** The opposite. */
export const NO_ERROR: string = `("status" !~ /^5/ OR "outcome" =~ /^(aborted|rejected|unfinished)$/)`;
export const ABORTED: string = `"outcome" = 'aborted'`;

/** Requests per second, from the requests, or where they are too many, from what each process wrote every second. */
export const throughput: readonly Query[] = [
  [
    'requests',
    raw('count("application_time") * 1000 / $__interval_ms AS "requests"', COUNTED, [], 'fill(0)'),
  ],
  [
    'requests',
    seriesOf('request-metrics', 'sum("each") AS "requests"', 'mean("request_throughput") AS "each"', {
      where: NUMBERED,
    }),
  ],
];

/** Columns of `v`, the durations, per interval. */
export const durationLines = (columns: string, group: string[] = []): string =>
  overSeries(columns, durations(LINE_PARTS), { group });
