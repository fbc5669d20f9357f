import { ANSWERED, NO_UPGRADE, THREADS } from './influxql.ts';
import type { Dashboard, Panel } from './model.ts';

/** An alert rule of Grafana 9 and later: a query, its last value, and a comparison of that. */
export interface AlertRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly AlertQuery[];
  readonly for: string;
  readonly noDataState: 'OK' | 'Alerting';
  readonly execErrState: 'Error';
  readonly labels: { readonly severity: 'critical' | 'warning' };
  readonly annotations: Readonly<Record<string, string>>;
}

interface AlertQuery {
  readonly refId: string;
  /** Seconds before now. */
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  readonly datasourceUid: string;
  readonly model: Readonly<Record<string, unknown>> & { readonly refId: string };
}

/** The data source of expressions. */
const EXPRESSIONS = '__expr__';
const MINUTES = 5;

const OWN = ['raw-requests', 'request-metrics', 'delivery'] as const;
const from = (measurement: (typeof OWN)[number], where = '') =>
  `FROM "${measurement}" WHERE $timeFilter${where === '' ? '' : ` AND ${where}`}`;
/** An alert of its own for each service. Grafana has the tag as a label. */
const BY_SERVICE = 'GROUP BY "service"';
const EACH = `GROUP BY ${['service', ...THREADS].map((tag) => `"${tag}"`).join(', ')}`;
const sumOf = (columns: string, each: string) =>
  `SELECT ${columns} FROM (${each} ${EACH}) WHERE $timeFilter ${BY_SERVICE}`;
const counted = (as: string, other: string, where?: string) =>
  `(SELECT count("application_time") AS "${as}", count("application_time") * 0 AS "${other}" ${from('raw-requests', where)} ${BY_SERVICE})`;

interface Question {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly query: string;
  readonly limit: `${'>' | '<'} ${number}`;
  readonly for?: string;
  readonly isCritical?: true;
  readonly noDataState?: 'Alerting';
  /** The dashboard and the title of the panel that shows more. */
  readonly panel: readonly [dashboard: string, title: string];
}

const QUESTIONS: readonly Question[] = [
  {
    name: 'errors',
    title: 'Errors of Node.js requests',
    summary: `More than 5 % of the requests were answered with a status 5xx in the last ${MINUTES} minutes.`,
    query: `SELECT sum("part") / sum("n") FROM ${counted('n', 'part')}, ${counted('part', 'n', `"status" =~ /^5/ AND ${ANSWERED}`)} WHERE $timeFilter ${BY_SERVICE}`,
    limit: '> 0.05',
    isCritical: true,
    panel: ['raw-requests-overview', 'Errors'],
  },
  {
    name: 'slow',
    title: 'Slow Node.js requests',
    summary: `5 % of the requests took longer than a second in the last ${MINUTES} minutes.`,
    query: `SELECT percentile("application_time", 95) ${from('raw-requests', NO_UPGRADE)} ${BY_SERVICE}`,
    limit: '> 1',
    for: '10m',
    panel: ['raw-requests-overview', 'p95'],
  },
  {
    name: 'none',
    title: 'No Node.js requests',
    summary: `There was no request in the last ${MINUTES} minutes.`,
    // Of all services: one that writes nothing is no group.
    query: `SELECT count("application_time") ${from('raw-requests')}`,
    limit: '< 1',
    noDataState: 'Alerting',
    panel: ['raw-requests-overview', 'Requests per second'],
  },
  {
    name: 'missing',
    title: 'Missing Node.js requests',
    summary: `Requests were recorded in the last ${MINUTES} minutes that are not in the database: there are gaps in their sequence.`,
    query: sumOf(
      'sum("missing")',
      `SELECT last("sequence") - first("sequence") + 1 - count("sequence") AS "missing" ${from('raw-requests')}`,
    ),
    limit: '> 0',
    panel: ['raw-requests-delivery', 'Missing in the database'],
  },
  {
    name: 'delivery-fails',
    title: 'Delivery of Node.js requests fails',
    summary: `The database confirmed less than half of the requests that were recorded in the last ${MINUTES} minutes.`,
    query: sumOf(
      'sum("acknowledged") / sum("recorded")',
      `SELECT last("acknowledged") - first("acknowledged") AS "acknowledged", last("recorded") - first("recorded") AS "recorded" ${from('delivery')}`,
    ),
    limit: '< 0.5',
    panel: ['raw-requests-delivery', 'Recorded and acknowledged'],
  },
  {
    name: 'blocked',
    title: 'Blocked event loop',
    summary: `An event loop did nothing else for more than a second in the last ${MINUTES} minutes, so that all requests of its process waited.`,
    query: `SELECT max("event_loop_delay_max") ${from('request-metrics')} ${BY_SERVICE}`,
    limit: '> 1',
    for: '0s',
    panel: ['raw-requests-overview', 'Event loop blocked'],
  },
];

/** The alert rules, which ask the data source with this uid. */
export function alertRules(
  dashboards: Readonly<Record<string, Dashboard>>,
  dataSourceUid: string,
): readonly AlertRule[] {
  return QUESTIONS.map((question) => toRule(question, dashboards, dataSourceUid));
}

function toRule(
  question: Question,
  dashboards: Readonly<Record<string, Dashboard>>,
  dataSourceUid: string,
): AlertRule {
  const { name, title, summary, query, limit, for: lasting = `${MINUTES}m`, noDataState = 'OK' } = question;
  const [uid, panelTitle] = question.panel;
  const step = (refId: string, datasourceUid: string, model: Readonly<Record<string, unknown>>) => ({
    refId,
    relativeTimeRange: { from: MINUTES * 60, to: 0 },
    datasourceUid,
    model: { refId, ...model },
  });
  const expression = { type: EXPRESSIONS, uid: EXPRESSIONS };
  return {
    uid: `raw-requests-${name}`,
    title,
    condition: 'C',
    data: [
      step('A', dataSourceUid, { rawQuery: true, resultFormat: 'time_series', query }),
      step('B', EXPRESSIONS, { datasource: expression, type: 'reduce', expression: 'A', reducer: 'last' }),
      step('C', EXPRESSIONS, { datasource: expression, type: 'math', expression: `$B ${limit}` }),
    ],
    for: lasting,
    noDataState,
    execErrState: 'Error',
    labels: { severity: question.isCritical ? 'critical' : 'warning' },
    // Some versions of Grafana refuse a dashboard without a panel.
    annotations: {
      summary,
      __dashboardUid__: uid,
      __panelId__: String(panelId(dashboards[uid]!, panelTitle)),
    },
  };
}

function panelId({ panels }: Dashboard, title: string): number {
  const all: readonly Panel[] = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  return all.find((panel) => panel.title === title)!.id;
}
