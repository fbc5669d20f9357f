import { inGroup, over, total } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { durations, FIGURE_PARTS } from '../sample.ts';
import { type Group, OF_MANY, pair } from './groups.ts';
import { share } from './outcome.ts';

// Are A and B alike in all but what is compared? What differs here may be why they differ below.

const BOTH = 'In a comparison of like with like, A and B have about the same.';

/** The mean or the maximum of a field. */
const ofField = (calculation: 'max' | 'mean', field: string) => (group: Group) =>
  over(`${calculation}("v") AS "value"`, durations(FIGURE_PARTS, { where: inGroup(group), field }));

const processes = pair(
  {
    title: 'Processes',
    description: `Processes that recorded requests. ${BOTH}`,
    unit: 'locale',
    decimals: 0,
  },
  (group) =>
    over('count("each") AS "processes"', [
      total('raw-requests', 'last("sequence") AS "each"', { where: inGroup(group), group: ['process'] }),
    ]),
);

const slots = pair(
  {
    title: 'Slots',
    description: `The highest slot: the most requests that a process handled at a time. ${BOTH} ${OF_MANY}`,
    unit: 'locale',
    decimals: 0,
  },
  ofField('max', 'slot'),
);

const inFlight = pair(
  {
    title: 'In flight',
    description: `How many requests a process handled when a request came, on average, that one included. ${BOTH} ${OF_MANY}`,
    unit: 'short',
    decimals: 1,
  },
  ofField('mean', 'in_flight'),
);

const keptAlive = pair(
  {
    title: 'Kept alive',
    description: `The share of requests that came over a connection which had been used before. Opening one takes time, that of TLS most. ${BOTH} ${OF_MANY}`,
    unit: 'percentunit',
    decimals: 0,
  },
  share('"connection_requests" > 1', '"connection_requests" = 1'),
);

const sizes = pair(
  {
    title: 'Size of a response',
    description: `The mean number of bytes of a response. An empty body is quick to send. ${BOTH} ${OF_MANY}`,
    unit: 'bytes',
  },
  ofField('mean', 'bytes_out'),
);

const statuses = pair(
  {
    title: 'Not 2xx',
    description: `The share of requests that were answered with another status than 2xx. Errors are quick. ${BOTH} ${OF_MANY}`,
    unit: 'percentunit',
    decimals: 1,
  },
  share('"status" !~ /^2/', '"status" =~ /^2/'),
);

export const alike: Section = {
  title: 'Like for like? (above A: $a, below B: $b)',
  shelves: [
    {
      height: 4,
      panels: [processes, slots, inFlight, keptAlive, sizes, statuses].map((panel) => [4, panel]),
    },
  ],
};
