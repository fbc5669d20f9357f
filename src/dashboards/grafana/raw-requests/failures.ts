import { perSecond } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { barGauge, bars, colored } from '../panels.ts';
import { count, raw } from './queries.ts';

const failures = bars({
  title: 'Errors and aborts',
  description:
    'Requests per second: 4xx and 5xx are completely answered requests with such a status. aborted: the connection was lost before the response was sent. rejected: answered by Node itself, not by the application. unfinished: still open when the process ended.',
  unit: 'reqps',
  queries: [
    ['4xx', raw(perSecond('application_time'), `"status" =~ /^4/ AND "outcome" =~ /^(finished|upgraded)$/`)],
    ['5xx', raw(perSecond('application_time'), `"status" =~ /^5/ AND "outcome" =~ /^(finished|upgraded)$/`)],
    ['aborted', raw(perSecond('application_time'), `"outcome" = 'aborted'`)],
    ['rejected', raw(perSecond('application_time'), `"outcome" = 'rejected'`)],
    ['unfinished', raw(perSecond('application_time'), `"outcome" = 'unfinished'`)],
  ],
  overrides: [colored('4xx', 'yellow'), colored('5xx', 'red'), colored('aborted', 'purple')],
});

const outcomes = barGauge({
  title: 'Outcomes',
  description: 'Requests in the time range by outcome. Only finished requests were answered completely.',
  unit: 'locale',
  queries: [['$tag_outcome', count(undefined, ['outcome'])]],
});

const statuses = barGauge({
  title: 'Statuses',
  description:
    'Requests in the time range by status. 0 means that no response head was sent before the connection was lost.',
  unit: 'locale',
  queries: [['$tag_status', count(undefined, ['status'])]],
});

export const failuresSection: Section = {
  title: 'Errors and aborts',
  shelves: [
    {
      height: 7,
      panels: [
        [12, failures],
        [6, outcomes],
        [6, statuses],
      ],
    },
  ],
};
