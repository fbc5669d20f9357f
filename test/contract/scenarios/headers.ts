import { inCode } from '../modes.ts';
import { type Expected, finished, pathTo, routeTo, type Scenario } from './scenario.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** A request with a header, and the resulting field. */
function header(
  name: string,
  item: string,
  headers: () => Record<string, string>,
  fields: NonNullable<Expected['fields']>,
): Scenario {
  return {
    name,
    path: pathTo('items', item),
    decidedBy: 'Node',
    drive: (client, path) => client.exchange('GET', path, { headers: headers() }),
    points: (answer) => {
      const point = finished('GET', routeTo('items'), 200, answer);
      return [{ ...point, fields: { ...point.fields, ...fields } }];
    },
  };
}

/** Headers of the client, or of a proxy. */
export const headers: Scenario[] = [
  header(
    'a proxy that tells when it had the request gives queue_time',
    'queued',
    () => ({ 'x-request-start': `t=${Date.now() - 250}` }),
    // The header has whole ms.
    { queue_time: (value) => value > 0.24 },
  ),
  header(
    'a time that lies ahead gives none',
    'queued-ahead',
    () => ({ 'x-request-start': `t=${Date.now() + 600_000}` }),
    { queue_time: null },
  ),
  header(
    'a time that lies hours back gives none',
    'queued-long-ago',
    () => ({ 'x-request-start': `t=${Date.now() - 7_200_000}` }),
    { queue_time: null },
  ),
  header(
    'a valid traceparent gives trace_id',
    'traced',
    () => ({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }),
    { trace_id: TRACE },
  ),
  header(
    'a traceparent that is not valid gives none',
    'traced-wrongly',
    () => ({ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }),
    { trace_id: null },
  ),
  header(
    'without a traceparent, B3 gives trace_id',
    'traced-by-b3',
    () => ({ b3: `${TRACE}-00f067aa0ba902b7-1` }),
    { trace_id: TRACE },
  ),
  header(
    'without a traceparent, Datadog gives trace_id',
    'traced-by-datadog',
    () => ({
      'x-datadog-trace-id': String(BigInt(`0x${TRACE.slice(16)}`)),
      'x-datadog-tags': `_dd.p.tid=${TRACE.slice(0, 16)}`,
    }),
    { trace_id: TRACE },
  ),
  header(
    'without a traceparent, AWS X-Ray gives trace_id',
    'traced-by-xray',
    () => ({ 'x-amzn-trace-id': `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Sampled=1` }),
    { trace_id: TRACE },
  ),
  {
    ...header('a trace id of the application comes before that of a header', 'own-trace', () => ({}), {}),
    decidedBy: 'framework',
    drive: (client, path) =>
      client.exchange('GET', path, {
        headers: { 'x-own-trace': 'own:1', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
      }),
    points: (answer, mode) => {
      const point = finished('GET', routeTo('items'), 200, answer);
      const trace_id = inCode(mode) ? 'own:1' : TRACE;
      return [{ ...point, fields: { ...point.fields, trace_id } }];
    },
  },
  {
    // They are options in code, which an adapter passes on. With both, those of `register` are counted as well.
    ...header('hooks that fail cost nothing', 'hooks', () => ({ 'x-hooks': 'fail' }), {}),
    decidedBy: 'framework',
    comparable: true,
  },
];
