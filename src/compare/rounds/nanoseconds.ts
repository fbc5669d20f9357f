import { gunzipSync } from 'node:zlib';
import { unitOf } from '../../record/timestamp-units.ts';
import { LineProtocolParser } from '../../view/store/line-protocol/body-parser.ts';
import { Kind, type Line } from '../../view/store/line-protocol/line.ts';
import type { Written } from './sink.ts';

const MAX_UNZIPPED_BYTES = 256 * 2 ** 20;
const [TAB, LINE_FEED, RETURN, SPACE] = [9, 10, 13, 32];
const NEWLINE = Buffer.from('\n');

/** The lines of bodies, one after the other, with timestamps in ns, as files of line protocol have them. */
export function inNanoseconds(bodies: readonly Written[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const text = unzipped(body);
      if (text === undefined) return [];
      const unit = unitOf(body.precision ?? 'ns') ?? 1n;
      return unit === 1n ? [text, NEWLINE] : [converted(text, unit)];
    }),
  );
}

/** The text of a body; undefined if it cannot be unpacked: its requests are missing, which voids the round. */
export function unzipped({ bytes, isZipped }: Written): Buffer | undefined {
  try {
    return isZipped ? gunzipSync(bytes, { maxOutputLength: MAX_UNZIPPED_BYTES }) : bytes;
  } catch {
    return undefined;
  }
}

function converted(text: Buffer, unit: bigint): Buffer {
  const lines: (Buffer | string)[] = [];
  const now = BigInt(Date.now()) * 1_000_000n;
  new LineProtocolParser().parse(text, unit, now, (line) => {
    const ns = BigInt(line.seconds) * 1_000_000_000n + BigInt(line.nanoseconds);
    lines.push(text.subarray(line.start, endOfFields(line)), ` ${ns}\n`);
    return undefined;
  });
  return Buffer.concat(lines.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function endOfFields({ bytes, fields, kind, nameEnd, valueEnd }: Line): number {
  const last = fields - 1;
  if (kind[last] === Kind.text) return valueEnd[last]! + 1;
  let at = nameEnd[last]!;
  const isEnd = (byte: number | undefined) =>
    byte === undefined || byte === SPACE || byte === TAB || byte === LINE_FEED || byte === RETURN;
  while (!isEnd(bytes[at])) at++;
  return at;
}
