import { BUCKETS_IN_ORDER, RANKS_IN_ORDER, series, total } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { lines } from '../panels/charts.ts';
import { barGauge } from '../panels/figures.ts';
import { heatmap } from '../panels/heatmap.ts';

const M = 'request-metrics';

const bucketRows = (field: string) =>
  BUCKETS_IN_ORDER.map((where) => {
    const query = series(M, `sum("${field}")`, { where, group: ['time_bucket'], end: 'fill(0)' });
    return ['$tag_time_bucket', query] as const;
  });

const applicationHeatmap = heatmap(
  {
    title: 'Application time',
    description:
      'application_time_bucket: the distribution of application_time. Each request is counted in one bucket.',
    unit: 'short',
    queries: bucketRows('application_time_bucket'),
  },
  { unit: 's', label: 'from' },
);

const queueHeatmap = heatmap(
  {
    title: 'Queue time',
    description:
      'queue_time_bucket: the distribution of queue_time. Without a proxy that sets X-Request-Start or X-Queue-Start, all requests are in the lowest bucket.',
    unit: 'short',
    queries: bucketRows('queue_time_bucket'),
  },
  { unit: 's', label: 'from' },
);

const buckets = barGauge({
  title: 'Requests by application time',
  description: 'Requests in the time range in each bucket. A bucket is named by its lower bound in seconds.',
  unit: 'locale',
  queries: BUCKETS_IN_ORDER.map((where) => [
    '$tag_time_bucket s',
    total(M, 'sum("application_time_bucket")', { where, group: ['time_bucket'] }),
  ]),
});

const ranks = barGauge({
  title: 'Requests by slot rank',
  description:
    'request_threads_bucket: in each second, slots are ranked by the number of requests that they handled. If many ranks have many requests, requests were handled concurrently. If nearly all are in rank 1, they were handled one after the other.',
  unit: 'locale',
  queries: RANKS_IN_ORDER.map((where) => [
    'rank $tag_thread_id',
    total(M, 'sum("request_threads_bucket")', { where, group: ['thread_id'] }),
  ]),
});

const ranksOverTime = lines({
  title: 'Slot ranks',
  description: 'request_threads_bucket by interval: requests that the slots of each rank handled.',
  unit: 'short',
  queries: RANKS_IN_ORDER.map((where) => [
    'rank $tag_thread_id',
    series(M, 'sum("request_threads_bucket")', { where, group: ['thread_id'] }),
  ]),
});

export const times: Section = {
  title: 'Times',
  shelves: [
    {
      height: 8,
      panels: [
        [12, applicationHeatmap],
        [12, queueHeatmap],
      ],
    },
    {
      height: 9,
      panels: [
        [8, buckets],
        [8, ranks],
        [8, ranksOverTime],
      ],
    },
  ],
};
