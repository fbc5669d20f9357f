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

/** The InfluxDB of all panels. */
export const INFLUXDB: Variable = dataSource('datasource', 'InfluxDB', 'influxdb');
/** Where a request's `trace_id` leads to. */
export const TRACES: Variable = dataSource('traces', 'Traces', 'tempo');

/** Evaluated again with every time range. */
const QUERY = { ...COMMON, type: 'query', datasource: '$datasource', refresh: 2 } as const;

/**
 * The values of a tag, of which any number can be chosen. Queries have them between `/^` and `$/`, and Grafana escapes what
 * is special there. "All" is a text of its own: no list of thousands of routes in each query.
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
    // A tag that a point does not have matches `.*` in InfluxDB 1.x, but not surely in 3.x; each point has a hostname.
    allValue: name === 'service' ? '.*$/ OR "hostname" =~ /^.*' : '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
  };
}

/** A number that queries need. */
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
