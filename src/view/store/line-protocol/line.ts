import { MAX_FIELDS } from './limits.ts';

/** The type of a field's value. */
export const Kind = { float: 0, integer: 1, text: 2, boolean: 3 } as const;

/**
 * A parsed line. There is one object for all lines: the next line overwrites it. Offsets are offsets into `bytes`.
 */
export class Line {
  bytes: Uint8Array = new Uint8Array(0);
  /** Measurement and tags, still escaped: from `start` to `keyEnd`. */
  start = 0;
  keyEnd = 0;
  /** Equal keys have equal hashes. */
  keyHash = 0;
  /** Number of fields. The arrays below have one element per field. */
  fields = 0;
  readonly nameStart: Int32Array = new Int32Array(MAX_FIELDS);
  readonly nameEnd: Int32Array = new Int32Array(MAX_FIELDS);
  /** {@link Kind} */
  readonly kind: Uint8Array = new Uint8Array(MAX_FIELDS);
  /** Range of a text between its quotes, still escaped. */
  readonly valueStart: Int32Array = new Int32Array(MAX_FIELDS);
  readonly valueEnd: Int32Array = new Int32Array(MAX_FIELDS);
  /** Value of a number, rounded to double precision. A boolean is 0 or 1. */
  readonly value: Float64Array = new Float64Array(MAX_FIELDS);
  /** Exact value of an integer: `high * 1e9 + low`. Both have the same sign. */
  readonly high: Float64Array = new Float64Array(MAX_FIELDS);
  readonly low: Float64Array = new Float64Array(MAX_FIELDS);
  /** Timestamp: whole seconds since 1970, and ns (0 to 999 999 999). */
  seconds = 0;
  nanoseconds = 0;
}

/** Invalid UTF-8 becomes U+FFFD, as in InfluxDB's answers. A byte order mark is text like any other. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The name of a field. */
export function fieldName(line: Line, field: number): string {
  return unescapeName(decode(line.bytes.subarray(line.nameStart[field], line.nameEnd[field])));
}

/** The text of a field. */
export function fieldText(line: Line, field: number): string {
  const text = decode(line.bytes.subarray(line.valueStart[field], line.valueEnd[field]));
  return text.includes('\\') ? text.replace(/\\(["\\])/g, '$1') : text;
}

/** Removes the escapes of measurements, tags and names of fields. */
export function unescapeName(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,= ])/g, '$1') : text;
}

/** Timestamp of a line, ms since 1970. */
export function milliseconds(line: Line): number {
  return line.seconds * 1e3 + line.nanoseconds / 1e6;
}
