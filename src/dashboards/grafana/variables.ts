import { GROUP_VALUES, type Measurement, TAG_KEYS, tagValues } from './influxql.ts';
import type { Variable } from './model.ts';
import { NUMBERS_NEEDED } from './sample.ts';

const COMMON = { hide: 0, regex: '', options: [], skipUrlSync: false } as const;

function dataSource(name: string, label: string, type: string): Variable {
  return {
    ...COMMON,
    name,
    label,
    type: 'datasource',
    query: type,
    refresh: 1,
    multi: false,
    includeAll: false,
    allValue: null,
    current: {},
  };
}

/** The variable for the InfluxDB data source of all panels. */
export const INFLUXDB: Variable = dataSource('datasource', 'InfluxDB', 'influxdb');
/** The variable for the data source that links of `trace_id` open. */
export const TRACES: Variable = dataSource('traces', 'Traces', 'tempo');

const QUERY = { ...COMMON, type: 'query', datasource: '$datasource' } as const;
/** When a variable is asked for: when the dashboard is opened, or whenever it is refreshed. */
const [ON_LOAD, ON_REFRESH] = [1, 2];

/**
 * A variable for the values of a tag, of which several can be selected. Queries use it as `/^$name$/`; Grafana escapes
 * special characters. "All" has a value of its own, so that queries do not list thousands of routes.
 */
function tag(measurement: Measurement, name: string, label: string, by: readonly string[]): Variable {
  const query = tagValues(measurement, name, by);
  return {
    ...QUERY,
    name,
    label,
    query,
    definition: query,
    refresh: ON_LOAD,
    sort: name === 'status' ? 3 : 1,
    multi: true,
    includeAll: true,
    // A missing tag matches `.*` in InfluxDB 1.x, but may not in 3.x. So "All" matches the tag `hostname`, which all points have.
    allValue: name === 'service' ? '.*$/ OR "hostname" =~ /^.*' : '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
  };
}

/** A hidden variable: a whole number that queries use. It must cost next to nothing. */
function hidden(name: string, query: string): Variable {
  return {
    ...QUERY,
    name,
    label: name,
    query,
    definition: query,
    regex: '/^(\\d+)/',
    refresh: ON_REFRESH,
    hide: 2,
    skipUrlSync: true,
    sort: 0,
    multi: false,
    includeAll: false,
    allValue: null,
    current: {},
  };
}

/** The variable for the address of a program that shows traces, to which the id of a trace is appended. */
export const TRACE_URL: Variable = {
  ...COMMON,
  name: 'trace_url',
  label: 'Trace address',
  type: 'textbox',
  query: 'http://localhost:16686/trace/',
  current: { selected: true, text: 'http://localhost:16686/trace/', value: 'http://localhost:16686/trace/' },
  options: [
    { selected: true, text: 'http://localhost:16686/trace/', value: 'http://localhost:16686/trace/' },
  ],
  multi: false,
  includeAll: false,
  allValue: null,
};

const OBJECTIVES = ['0.05', '0.1', '0.2', '0.5', '1', '2', '5'];
const USUAL = '0.5';

/** Within how many seconds requests should be answered. */
const OBJECTIVE: Variable = {
  ...COMMON,
  name: 'objective',
  label: 'Objective, s',
  type: 'custom',
  query: OBJECTIVES.join(','),
  options: OBJECTIVES.map((value) => ({ selected: value === USUAL, text: value, value })),
  current: { selected: true, text: USUAL, value: USUAL },
  multi: false,
  includeAll: false,
  allValue: null,
};

function processes(measurement: Measurement): Variable[] {
  return [
    INFLUXDB,
    tag(measurement, 'service', 'Service', []),
    tag(measurement, 'hostname', 'Host', ['service']),
    tag(measurement, 'process', 'Process', ['service', 'hostname']),
  ];
}

const RAW_REQUESTS = processes('raw-requests');
const REQUESTS = (['route', 'method', 'status'] as const).map((name) =>
  tag('raw-requests', name, `${name[0]!.toUpperCase()}${name.slice(1)}`, ['service', 'hostname', 'process']),
);
const HIDDEN = NUMBERS_NEEDED.map(([name, query]) => hidden(name, query));

/** The tag by which two groups of requests differ: any that there is, those of `tags` included. */
const BY: Variable = {
  ...QUERY,
  name: 'by',
  label: 'Compare by',
  query: TAG_KEYS,
  definition: TAG_KEYS,
  refresh: ON_LOAD,
  sort: 1,
  multi: false,
  includeAll: false,
  allValue: null,
  current: { selected: true, text: 'service', value: 'service' },
};

/** One of the groups: one or more values of that tag. At first, A is the first and B is the last. */
const group = (name: 'a' | 'b'): Variable => ({
  ...tag('raw-requests', name, name.toUpperCase(), []),
  query: GROUP_VALUES,
  definition: GROUP_VALUES,
  sort: name === 'a' ? 1 : 2,
  includeAll: false,
  allValue: null,
  current: {},
});

/** Those of the dashboard that compares two groups. */
export const compareVariables: readonly Variable[] = [
  ...RAW_REQUESTS.slice(0, 1),
  BY,
  group('a'),
  group('b'),
  ...RAW_REQUESTS.slice(1),
  ...REQUESTS,
  OBJECTIVE,
  ...HIDDEN,
];

export const variables: Readonly<Record<Exclude<Measurement, 'process-event'>, readonly Variable[]>> = {
  'raw-requests': [...RAW_REQUESTS, ...REQUESTS, OBJECTIVE, TRACES, TRACE_URL, ...HIDDEN],
  'request-metrics': processes('request-metrics'),
  'process-info': [
    INFLUXDB,
    tag('process-info', 'service', 'Service', []),
    tag('process-info', 'hostname', 'Host', ['service']),
    tag('process-info', 'process_type', 'Process type', ['service', 'hostname']),
  ],
  delivery: processes('delivery'),
};
