import { type BatchContent, Columns, ERAS } from '../../record/batch.ts';
import type { SeriesTags } from '../../record/series.ts';
import { textAt } from '../../record/texts.ts';
import { cleanTag, cleanText, escapeTag, escapeText } from './escape.ts';
import { LineBuffer } from './line-buffer.ts';
import { traceId } from './trace-id.ts';

const MEASUREMENT = 'raw-requests';
/** The number of lines that are one string, before they are written to the buffer. */
const LINES_PER_PIECE = 64;

/**
 * Encodes a batch as line protocol, one line per request, in UTF-8. A pure function: if a batch is encoded again
 * after the death of a worker, the points are the same.
 *
 * @param tags tags of every point, not escaped
 * @param buffer memory for reuse; the result is a view on it
 */
export function encodeBatch(
  content: BatchContent,
  tags: Readonly<Record<string, string>>,
  buffer: LineBuffer = new LineBuffer(),
): Uint8Array {
  const { rows, era, firstSequence } = content;
  const texts = Buffer.from(content.texts);
  const columns = new Columns(content.buffer, content.capacity);
  const prefixes = content.series.map((series) => encodeSeries(series, tags));
  // Timestamps in ns exceed the precision of numbers, so whole seconds and ns are separate.
  const baseNs = content.base - (content.base % BigInt(ERAS));
  const baseSeconds = Number(baseNs / 1_000_000_000n);
  const baseRest = Number(baseNs % 1_000_000_000n);

  buffer.clear();
  let lines = '';
  for (let row = 0; row < rows; row++) {
    const end = baseRest + Math.floor(columns.end[row]! / ERAS) * ERAS + era;
    const durationNs = Math.round(columns.duration[row]! * 1e6);
    const bytesIn = columns.bytesIn[row]!;
    const bytesOut = columns.bytesOut[row]!;
    const firstByte = columns.firstByte[row]!;
    const queueTime = columns.queueTime[row]!;
    const connectionRequests = columns.connectionRequests[row]!;
    const trace = columns.trace[row]!;
    const path = columns.path[row]!;

    // Fields sorted by name.
    lines += prefixes[columns.series[row]!]!;
    lines += ` application_time=${durationNs / 1e9}`;
    // A size that was taken from a header may be no whole number, or one that no integer field can hold.
    if (Number.isSafeInteger(bytesIn)) lines += `,bytes_in=${bytesIn}i`;
    if (Number.isSafeInteger(bytesOut)) lines += `,bytes_out=${bytesOut}i`;
    if (connectionRequests !== 0) lines += `,connection_requests=${connectionRequests}i`;
    if (!Number.isNaN(firstByte)) lines += `,first_byte_time=${Math.round(firstByte * 1e6) / 1e9}`;
    lines += `,in_flight=${columns.inFlight[row]}i`;
    if (path !== 0) lines += `,path="${escapeText(cleanText(textAt(texts, path)))}"`;
    if (!Number.isNaN(queueTime)) lines += `,queue_time=${Math.round(queueTime * 1e9) / 1e9}`;
    lines += `,sequence=${firstSequence + row}i,slot=${columns.slot[row]}i`;
    lines += `,start_time=${nanoseconds(baseSeconds, end - durationNs)}i`;
    if (trace !== 0) {
      const id = traceId(textAt(texts, trace));
      if (id !== undefined) lines += `,trace_id="${escapeText(id)}"`;
    }
    lines += ` ${nanoseconds(baseSeconds, end)}\n`;
    if ((row + 1) % LINES_PER_PIECE === 0) {
      buffer.append(lines);
      lines = '';
    }
  }
  buffer.append(lines);
  return buffer.bytes;
}

/** `raw-requests,hostname=…,thread=0`: measurement and tags, sorted by name, without empty tags. */
function encodeSeries(
  [method, route, status, outcome, extra]: SeriesTags,
  tags: Readonly<Record<string, string>>,
): string {
  const all: Record<string, string> = { ...tags, ...extra, method, route, status: String(status), outcome };
  let prefix = MEASUREMENT;
  for (const name of Object.keys(all).sort()) {
    const value = cleanTag(all[name]!);
    if (value !== '') prefix += `,${name}=${escapeTag(value)}`;
  }
  return prefix;
}

/** Decimal ns since 1970 of `seconds` and `ns`, where `ns` may exceed a second or be negative. */
function nanoseconds(seconds: number, ns: number): string {
  const carry = Math.floor(ns / 1e9);
  return `${seconds + carry}${String(ns - carry * 1e9).padStart(9, '0')}`;
}
