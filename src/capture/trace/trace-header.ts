import type { IncomingHttpHeaders } from 'node:http';
import { TRACE_MARKS } from '../../record/trace.ts';

/** A `traceparent` has at least this length. */
const MIN_TRACEPARENT_LENGTH = 55;
/** Longer values cannot be valid, and are not copied. */
const MAX_VALUE_LENGTH = 512;

/**
 * What names the trace in the headers of a request: `traceparent`, else those of Zipkin (B3), Datadog or AWS X-Ray, in
 * this order. The first header that exists counts, valid or not. The worker thread reads the id from it.
 */
export function traceHeader(headers: IncomingHttpHeaders): string | undefined {
  const { traceparent } = headers;
  if (traceparent !== undefined) return isText(traceparent, MIN_TRACEPARENT_LENGTH) ? traceparent : undefined;
  const b3 = headers.b3 ?? headers['x-b3-traceid'];
  if (b3 !== undefined) return isText(b3) ? TRACE_MARKS.b3 + b3 : undefined;
  const datadog = headers['x-datadog-trace-id'];
  if (datadog !== undefined) {
    if (!isText(datadog)) return undefined;
    const tags = headers['x-datadog-tags'];
    return `${TRACE_MARKS.datadog}${datadog},${isText(tags) ? tags : ''}`;
  }
  const xray = headers['x-amzn-trace-id'];
  return isText(xray) ? TRACE_MARKS.xray + xray : undefined;
}

function isText(value: unknown, minLength = 1): value is string {
  return typeof value === 'string' && value.length >= minLength && value.length <= MAX_VALUE_LENGTH;
}
