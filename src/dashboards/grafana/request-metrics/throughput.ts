import { series, seriesOf } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { lines } from '../panels/charts.ts';
import { gauge } from '../panels/figures.ts';
import { throughputGauge } from '../shared-panels.ts';

const M = 'request-metrics';

const throughputQuery = seriesOf(M, 'sum("each") AS "requests"', 'mean("request_throughput") AS "each"');

const throughput = lines({
  title: 'Throughput',
  description: 'request_throughput: requests that ended, per second, summed over all processes and threads.',
  unit: 'reqps',
  queries: [['requests', throughputQuery]],
});

const capacity = lines({
  title: 'Capacity utilization',
  description:
    'capacity_utilization: mean and maximum of the threads. With the option `concurrency`, it is the number of requests in flight divided by that option (more than 100 % is possible). Without it, it is the utilization of the event loop.',
  unit: 'percentunit',
  queries: [
    ['$col', series(M, 'mean("capacity_utilization") AS "mean", max("capacity_utilization") AS "busiest"')],
  ],
});

const capacityGauge = gauge({
  title: 'Capacity utilization now',
  description:
    'Mean of the threads in the last complete interval. Above 70 %, some requests begin to wait; above 90 %, most requests wait.',
  unit: 'percentunit',
  max: 1,
  thresholds: [0.7, 0.9],
  queries: [['utilization', series(M, 'mean("capacity_utilization")')]],
});

/** The mean of several means, each weighted by its number of requests. */
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
    'Mean time of a request in each phase, weighted by the requests of each second. queue_time: between a proxy and the process. application_time: in the application. server_time: always 0, since a Node.js process has no separate web server.',
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
  description: 'Requests per second of each process. Similar lines mean that the load is spread evenly.',
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
