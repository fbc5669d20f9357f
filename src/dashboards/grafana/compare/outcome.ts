import { inGroup, over } from '../influxql.ts';
import type { Section } from '../layout.ts';
import type { Draft } from '../model.ts';
import { ERROR, NO_ERROR } from '../overview/queries.ts';
import { durations, FIGURE_PARTS } from '../sample.ts';
import { type Group, OF_MANY, pair } from './groups.ts';

// Which one is quicker, and which one fails?

const ZERO = '"application_time" * 0';
const ONE = `${ZERO} + 1`;

/** The share of requests that match a condition; `others` is its opposite. */
export function share(where: string, others: string): (group: Group) => string {
  // With a 0 for each of the others, so that no part is 0 and not unknown.
  const column = (part: string) => `${ONE} AS "n", ${part} AS "part"`;
  return (group) =>
    over('sum("part") / sum("n") AS "share"', [
      ...durations(FIGURE_PARTS, { column: column(ONE), where: `${where} AND ${inGroup(group)}` }),
      ...durations(FIGURE_PARTS, { column: column(ZERO), where: `${others} AND ${inGroup(group)}` }),
    ]);
}

const percentile = (p: number): Draft =>
  pair(
    {
      title: `p${p}`,
      description: `${p} % of the requests took no longer than this. It is of requests, which are not independent of each other: whether A and B differ by more than chance is what \`raw-requests compare\` finds out. ${OF_MANY}`,
      unit: 's',
    },
    (group) => over(`percentile("v", ${p}) AS "p${p}"`, durations(FIGURE_PARTS, { where: inGroup(group) })),
  );

const OBJECTIVE = '$' + '{objective:raw}';
const within = pair(
  {
    title: 'Within $objective s',
    description: `The share of requests that took no longer than the objective. ${OF_MANY}`,
    unit: 'percentunit',
    decimals: 2,
  },
  share(`"application_time" <= ${OBJECTIVE}`, `"application_time" > ${OBJECTIVE}`),
);

const errors = pair(
  {
    title: 'Errors',
    description: `The share of requests that were answered with a status 5xx. Orange from 1 %, red from 5 %. ${OF_MANY}`,
    unit: 'percentunit',
    thresholds: [0.01, 0.05],
  },
  share(ERROR, NO_ERROR),
);

const aborted = pair(
  {
    title: 'Aborted',
    description: `The share of requests that lost their connection before they were answered. Orange from 1 %, red from 5 %. ${OF_MANY}`,
    unit: 'percentunit',
    thresholds: [0.01, 0.05],
  },
  share(`"outcome" = 'aborted'`, `"outcome" != 'aborted'`),
);

export const outcome: Section = {
  title: 'Which is quicker, which fails? (above A: $a, below B: $b)',
  shelves: [
    {
      height: 4,
      panels: [percentile(50), percentile(95), percentile(99), within, errors, aborted].map((panel) => [
        4,
        panel,
      ]),
    },
  ],
};
