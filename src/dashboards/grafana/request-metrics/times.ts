import { BUCKETS_IN_ORDER, RANKS_IN_ORDER, series, total } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { barGauge, heatmap, lines } from '../panels.ts';

const M = 'request-metrics';

const bucketRows = (field: string) =>
  BUCKETS_IN_ORDER.map((where) => {
    const query = series(M, `sum("${field}")`, { where, group: ['time_bucket'], end: 'fill(0)' });
    return ['$tag_time_bucket', query] as const;
  });

const applicationHeatmap = heatmap(
  {
    title: 'Application time',
    description: 'application_time_bucket: how many requests took how long. Every request is in one bucket.',
    unit: 'short',
    queries: bucketRows('application_time_bucket'),
  },
  { unit: 's', label: 'from' },
);

const queueHeatmap = heatmap(
  {
    title: 'Queue time',
    description:
      'queue_time_bucket: how many requests waited how long in front of the process. Without a proxy that says so, all are in the lowest.',
    unit: 'short',
    queries: bucketRows('queue_time_bucket'),
  },
  { unit: 's', label: 'from' },
);

const buckets = barGauge({
  title: 'Requests by application time',
  description: 'Requests of the time range in each bucket, named by its lower edge in seconds.',
  unit: 'locale',
  queries: BUCKETS_IN_ORDER.map((where) => [
    '$tag_time_bucket s',
    total(M, 'sum("application_time_bucket")', { where, group: ['time_bucket'] }),
  ]),
});

const ranks = barGauge({
  title: 'Requests by slot rank',
  description:
    'request_threads_bucket: in each second, slots are ranked by the requests that they handled. Many ranks with many requests each: much is handled at a time; nearly all in the first: one after the other.',
  unit: 'locale',
  queries: RANKS_IN_ORDER.map((where) => [
    'rank $tag_thread_id',
    total(M, 'sum("request_threads_bucket")', { where, group: ['thread_id'] }),
  ]),
});

const ranksOverTime = lines({
  title: 'Slot ranks',
  description: 'request_threads_bucket by interval: requests that were handled by the slots of each rank.',
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
