import { perSecond, series } from '../influxql.ts';
import type { Section } from '../layout.ts';
import type { Draft } from '../model.ts';
import { gauge, lines } from '../panels.ts';
import { throughputGauge } from '../shared-panels.ts';
import { raw } from './queries.ts';

const SLOW_S = [0.5, 1] as const;

const THROUGHPUT = series('raw-requests', `${perSecond('application_time')} AS "requests"`, {
  end: 'fill(0)',
});

const throughputLine = lines({
  title: 'Throughput',
  description:
    'Requests that ended, per second. Only intervals that are completely in the time range are shown.',
  unit: 'reqps',
  queries: [['requests', THROUGHPUT]],
});

const responseTimeLine = lines({
  title: 'Response time',
  description:
    'Mean and 95th percentile of application_time, the time from the start of a request to the end of its response. They are computed from the requests that ended in each interval, not from averages.',
  unit: 's',
  queries: [['$col', raw('mean("application_time") AS "mean", percentile("application_time", 95) AS "p95"')]],
});

const responseTimeGauge = (title: string, query: string): Draft =>
  gauge({
    title,
    description: `${title} of the requests of the last complete interval. Orange from ${SLOW_S[0]} s, red from ${SLOW_S[1]} s. Full scale is the highest visible interval.`,
    unit: 's',
    thresholds: SLOW_S,
    queries: [['response time', query]],
  });

export const overview: Section = {
  title: 'Throughput and response time',
  shelves: [
    {
      height: 7,
      panels: [
        [18, throughputLine],
        [6, throughputGauge(THROUGHPUT)],
      ],
    },
    {
      height: 7,
      panels: [
        [18, responseTimeLine],
        [3, responseTimeGauge('Mean response time', raw('mean("application_time")'))],
        [3, responseTimeGauge('95th percentile', raw('percentile("application_time", 95)'))],
      ],
    },
  ],
};
