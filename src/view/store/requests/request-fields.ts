import type { Line } from '../line-protocol/line.ts';

/** The fields of a request that are stored. */
export const Field = {
  none: 0,
  slot: 1,
  path: 2,
  bytesIn: 3,
  sequence: 4,
  traceId: 5,
  bytesOut: 6,
  inFlight: 7,
  startTime: 8,
  queueTime: 9,
  firstByteTime: 10,
  applicationTime: 11,
  connectionRequests: 12,
} as const;

const encoder = new TextEncoder();
const NAMES: readonly (readonly [name: string, field: number])[] = [
  ['slot', Field.slot],
  ['path', Field.path],
  ['bytes_in', Field.bytesIn],
  ['sequence', Field.sequence],
  ['trace_id', Field.traceId],
  ['bytes_out', Field.bytesOut],
  ['in_flight', Field.inFlight],
  ['start_time', Field.startTime],
  ['queue_time', Field.queueTime],
  ['first_byte_time', Field.firstByteTime],
  ['application_time', Field.applicationTime],
  ['connection_requests', Field.connectionRequests],
];
const byLength: { readonly bytes: Uint8Array; readonly field: number }[][] = Array.from(
  { length: 1 + Math.max(...NAMES.map(([name]) => name.length)) },
  () => [],
);
for (const [name, field] of NAMES) byLength[name.length]!.push({ bytes: encoder.encode(name), field });

/** The known field that a field of a line is. */
export function knownField(line: Line, index: number): number {
  const start = line.nameStart[index]!;
  const length = line.nameEnd[index]! - start;
  if (length >= byLength.length) return Field.none;
  const { bytes } = line;
  const candidates = byLength[length]!;
  next: for (let candidate = 0; candidate < candidates.length; candidate++) {
    const known = candidates[candidate]!;
    for (let i = 0; i < length; i++) if (known.bytes[i] !== bytes[start + i]) continue next;
    return known.field;
  }
  return Field.none;
}
