/**
 * How a batch holds what names the trace of a request: the text as it came, after a mark of its format. The worker
 * thread reads the id from it. Without a mark it is a `traceparent`.
 */
export const TRACE_MARKS = {
  /** From the option `traceId`: the id itself. */
  own: '=',
  /** The header `b3`, or `X-B3-TraceId`. */
  b3: 'b3:',
  /** The header `x-datadog-trace-id`, a comma, and the header `x-datadog-tags`. */
  datadog: 'datadog:',
  /** The header `X-Amzn-Trace-Id`. */
  xray: 'xray:',
} as const;

/** The trace ids that the option `traceId` may return. */
export const OWN_TRACE_ID: RegExp = /^[!-~]{1,128}$/;
