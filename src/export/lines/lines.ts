import { promisify } from 'node:util';
import { constants, gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib';
import { wallNow } from '../../safety/time.ts';
import { countLines, offsetAfter } from './split-lines.ts';
import { isInOneHour } from './time-span.ts';

/** Lines of line protocol, gzipped: they take a tenth of the memory, and are sent as they are. */
export interface Lines {
  /** Number of lines that contain a point. */
  readonly count: number;
  /** Gzipped line protocol. */
  readonly body: Uint8Array;
}

/** Limit of decompressed lines. It bounds the memory for files of other programs. */
export const MAX_DECOMPRESSED_BYTES: number = 256 * 1024 * 1024;

const FAST = { level: constants.Z_BEST_SPEED };
const BOUNDED = { maxOutputLength: MAX_DECOMPRESSED_BYTES };
const gunzipAsync = promisify<Uint8Array, object, Buffer>(gunzip);
const gzipAsync = promisify<Uint8Array, object, Buffer>(gzip);

export function compress(text: Uint8Array, count: number): Lines {
  return { count, body: copyOf(gzipSync(text, FAST)) };
}

/** The same without blocking the thread. */
export async function compressAsync(text: Uint8Array, count: number): Promise<Lines> {
  return { count, body: copyOf(await gzipAsync(text, FAST)) };
}

/** @throws if the body is not gzip from the first to the last byte, or too large */
export function decompress(body: Uint8Array): Buffer {
  return gunzipSync(body, BOUNDED);
}

/** The first and the second half of at least two lines. @throws as {@link decompress} does */
export async function halve({ count, body }: Lines): Promise<[Lines, Lines]> {
  const text = await gunzipAsync(body, BOUNDED);
  const half = Math.floor(count / 2);
  const end = offsetAfter(text, half);
  return [
    await compressAsync(text.subarray(0, end), half),
    await compressAsync(text.subarray(end), count - half),
  ];
}

/** Whether all of them go to one shard of InfluxDB: see {@link isInOneHour}. @throws as {@link decompress} does */
export async function areInOneShard({ body }: Lines, unit: bigint): Promise<boolean> {
  return isInOneHour(await gunzipAsync(body, BOUNDED), unit, BigInt(wallNow()) * 1_000_000n);
}

/** Divides a text into chunks of at most `maxLines` lines. */
export function* chunksOf(text: Uint8Array, maxLines: number): Generator<Lines> {
  for (let at = 0; at < text.length; ) {
    const chunk = text.subarray(at, at + offsetAfter(text.subarray(at), maxLines));
    const count = countLines(chunk);
    if (count > 0) yield compress(chunk, count);
    at += chunk.length;
  }
}

/** A copy, because buffers of zlib have at least 16 KiB, however small their content is. */
function copyOf(packed: Buffer): Uint8Array {
  return new Uint8Array(packed);
}
