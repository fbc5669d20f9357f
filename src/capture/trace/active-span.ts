import { caught } from '../../safety/guard.ts';

/** The global under which `@opentelemetry/api` 1.x registers itself, and the key of the span in a context. */
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

interface OpenTelemetry {
  readonly context?: { active(): { getValue(key: symbol): Span | undefined } };
}

interface Span {
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

const globals = globalThis as { readonly [API]?: OpenTelemetry };

/**
 * The active span, in the form of a `traceparent` header; undefined if there is none. OpenTelemetry is found through
 * the global that all copies of its API share, so it need not be a dependency.
 */
export function activeSpan(): string | undefined {
  try {
    const span = globals[API]?.context?.active().getValue(SPAN)?.spanContext();
    return span && `00-${span.traceId}-${span.spanId}-01`;
  } catch (error) {
    caught('the active span', error);
    return undefined;
  }
}
