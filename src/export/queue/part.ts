import { constants, gunzipSync, gzipSync } from 'node:zlib';

const LINE_FEED = 10;

/** Lines that are sent with one request, compressed. */
export interface Part {
  readonly lines: number;
  /** Gzipped line protocol. */
  readonly body: Uint8Array;
}

/** Compressed lines are a tenth of the memory while they wait. */
export function compress(lines: Uint8Array): Uint8Array {
  // A copy: what zlib returns keeps 16 KiB or more, however little is in it.
  return new Uint8Array(gzipSync(lines, { level: constants.Z_BEST_SPEED }));
}

/** The first and the second half of a part of at least two lines. */
export function halve({ lines, body }: Part): [Part, Part] {
  const text = gunzipSync(body);
  const half = Math.floor(lines / 2);
  let end = 0;
  for (let line = 0; line < half; line++) end = text.indexOf(LINE_FEED, end) + 1;
  return [
    { lines: half, body: compress(text.subarray(0, end)) },
    { lines: lines - half, body: compress(text.subarray(end)) },
  ];
}
