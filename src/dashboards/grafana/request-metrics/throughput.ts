import { series, seriesOf } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { gauge, lines } from '../panels.ts';
import { throughputGauge } from '../shared-panels.ts';

const M = 'request-metrics';

const throughputQuery = seriesOf(M, 'sum("each") AS "requests"', 'mean("request_throughput") AS "each"');

const throughput = lines({
  title: 'Throughput',
  description: 'Requests that ended, per second: request_throughput, the sum over all processes and threads.',
  unit: 'reqps',
  queries: [['requests', throughputQuery]],
});

const capacity = lines({
  title: 'Capacity utilization',
  description:
    'capacity_utilization, mean and busiest of the threads: with the option `concurrency`, the share of it that was in flight (more than 100 % is possible); else how busy the event loop was.',
  unit: 'percentunit',
  queries: [
    ['$col', series(M, 'mean("capacity_utilization") AS "mean", max("capacity_utilization") AS "busiest"')],
  ],
});

const capacityGauge = gauge({
  title: 'Capacity utilization now',
  description:
    'Mean of the threads in the last whole interval. From 70 % on requests begin to wait; from 90 % on they do.',
  unit: 'percentunit',
  max: 1,
  thresholds: [0.7, 0.9],
  queries: [['utilization', series(M, 'mean("capacity_utilization")')]],
});

/** A mean of means, each weighted with the requests that it is the mean of. */
const weighted = (fields: Readonly<Record<string, string>>) => {
  const products = Object.values(fields).map(
    (field) => `"${field}" * "request_throughput" AS "${field}_sum"`,
  );
  const means = Object.entries(fields).map(
    ([name, field]) => `sum("${field}_sum") / sum("requests") AS "${name}"`,
  );
  return { products, means };
};
const { products, means } = weighted({
  application: 'application_time',
  queue: 'queue_time',
  server: 'server_time',
});

const phases = lines({
  title: 'Phases of a request',
  description:
    'Where the time of a mean request goes: queue_time in front of the process, as the proxy says; application_time in the application. server_time is 0: no web server stands in the same process before Node. Weighted with the requests of each second.',
  unit: 's',
  queries: [
    [
      '$col',
      seriesOf(M, means.join(', '), [...products, '"request_throughput" AS "requests"'].join(', '), {
        where: '"request_throughput" > 0',
        each: 'point',
      }),
    ],
  ],
});

const byProcess = lines({
  title: 'Throughput by process',
  description: 'Requests per second of each process. Even lines mean that the load is spread evenly.',
  unit: 'reqps',
  queries: [
    [
      '$tag_process',
      seriesOf(M, 'sum("each")', 'mean("request_throughput") AS "each"', {
        each: ['thread'],
        group: ['process'],
      }),
    ],
  ],
});

export const throughputSection: Section = {
  title: 'Throughput and capacity',
  shelves: [
    {
      height: 7,
      panels: [
        [18, throughput],
        [6, throughputGauge(throughputQuery)],
      ],
    },
    {
      height: 7,
      panels: [
        [18, capacity],
        [6, capacityGauge],
      ],
    },
    {
      height: 7,
      panels: [
        [12, phases],
        [12, byProcess],
      ],
    },
  ],
};
