import { type Measurement, REQUESTS, SLOW, tagValues } from './influxql.ts';
import type { Variable } from './model.ts';

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

/** Query variables are evaluated again when the time range changes. */
const QUERY = { ...COMMON, type: 'query', datasource: '$datasource', refresh: 2 } as const;

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
    sort: name === 'status' ? 3 : 1,
    multi: true,
    includeAll: true,
    // A missing tag matches `.*` in InfluxDB 1.x, but may not in 3.x. So "All" matches the tag `hostname`, which all points have.
    allValue: name === 'service' ? '.*$/ OR "hostname" =~ /^.*' : '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
  };
}

/** A hidden variable: a number that queries use. */
function hidden(name: string, query: string): Variable {
  return {
    ...QUERY,
    name,
    label: name,
    query,
    definition: query,
    hide: 2,
    skipUrlSync: true,
    sort: 0,
    multi: false,
    includeAll: false,
    allValue: null,
    current: {},
  };
}

function processes(measurement: Measurement): Variable[] {
  return [
    INFLUXDB,
    tag(measurement, 'service', 'Service', []),
    tag(measurement, 'hostname', 'Host', ['service']),
    tag(measurement, 'process', 'Process', ['service', 'hostname']),
  ];
}

const RAW_REQUESTS = processes('raw-requests');

export const variables: Readonly<Record<Measurement, readonly Variable[]>> = {
  'raw-requests': [
    ...RAW_REQUESTS,
    ...(['route', 'method', 'status'] as const).map((name) =>
      tag('raw-requests', name, `${name[0]!.toUpperCase()}${name.slice(1)}`, [
        'service',
        'hostname',
        'process',
      ]),
    ),
    TRACES,
    hidden('requests', REQUESTS),
    hidden('slow', SLOW),
  ],
  'request-metrics': processes('request-metrics'),
  'process-info': [
    INFLUXDB,
    tag('process-info', 'service', 'Service', []),
    tag('process-info', 'hostname', 'Host', ['service']),
    tag('process-info', 'process_type', 'Process type', ['service', 'hostname']),
  ],
  delivery: processes('delivery'),
};
