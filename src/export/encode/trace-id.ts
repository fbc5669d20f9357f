import { OWN_TRACE_ID, TRACE_MARKS } from '../../record/trace.ts';

/** The hex digits of a trace id that is written. Shorter ids are filled with zeros, as OpenTelemetry does it. */
const ID_LENGTH = 32;

type Read = (text: string) => string | undefined;

const READERS: readonly (readonly [mark: string, read: Read])[] = [
  [TRACE_MARKS.own, (id) => (OWN_TRACE_ID.test(id) ? id : undefined)],
  [TRACE_MARKS.b3, b3],
  [TRACE_MARKS.datadog, datadog],
  [TRACE_MARKS.xray, xray],
];

/** The trace id in a text that is marked as {@link TRACE_MARKS} says; undefined when it is not valid. */
export function traceId(text: string): string | undefined {
  for (const [mark, read] of READERS) if (text.startsWith(mark)) return read(text.slice(mark.length));
  return traceparent(text);
}

/**
 * W3C Trace Context, section 3.2.2: `version-traceid-parentid-flags` in lower-case hex. Version `ff` and ids of zeros
 * are invalid; version `00` has nothing after the flags, later ones may.
 */
function traceparent(header: string): string | undefined {
  const match = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/.exec(
    header,
  );
  if (match === null || (match[1] === '00' && match[3] !== undefined)) return undefined;
  return match[2];
}

/** An id of 64 or 128 bits, alone in `X-B3-TraceId`, in `b3` followed by that of the span and more. */
function b3(header: string): string | undefined {
  return filled(/^([0-9a-f]{16}|[0-9a-f]{32})(?:-[0-9a-f]{16}(?:-.*)?)?$/i.exec(header)?.[1]);
}

/** The lower 64 bits as a decimal number. The upper ones are among the tags, as hex. */
function datadog(headers: string): string | undefined {
  const decimal = /^(\d{1,20}),/.exec(headers)?.[1];
  if (decimal === undefined) return undefined;
  const lower = BigInt(decimal).toString(16).padStart(16, '0');
  const upper = /,_dd\.p\.tid=([0-9a-f]{16})(?:,|$)/i.exec(headers)?.[1] ?? '';
  return lower.length === 16 ? filled(upper + lower) : undefined;
}

/** `Root=1-5759e988-bd862e3fe1be46a994272793`, among other parts: version, time in seconds, 96 bits. */
function xray(header: string): string | undefined {
  const match = /(?:^|;) *Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/i.exec(header);
  return match === null ? undefined : filled(match[1]! + match[2]!);
}

/** In lower case, of full length; undefined if it is zero. */
function filled(id: string | undefined): string | undefined {
  return id === undefined || /^0*$/.test(id) ? undefined : id.toLowerCase().padStart(ID_LENGTH, '0');
}
