// What the page reads: written by Node, read in the browser. This file depends on neither.

/** The figures that are drawn; the texts of the page are in its markup. */
export interface PageData {
  readonly names: { readonly a: string; readonly b: string };
  readonly metric: string;
  readonly isMoreBetter: boolean;
  readonly ratio: Interval | null;
  readonly aa: Interval | null;
  readonly pairs: readonly { round: number; a: number; b: number; aAgain: number }[];
  readonly response: { readonly a: Histogram; readonly b: Histogram };
  readonly rounds: readonly RoundEntry[];
}

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Numbers of requests by the logarithm of their response time: bin n begins at {@link secondsOfBin}(first + n). */
export interface Histogram {
  readonly first: number;
  readonly counts: readonly number[];
}

export const BINS_PER_DECADE = 100;

export function binOf(seconds: number): number {
  return Math.floor(Math.log10(Math.max(seconds, 1e-9)) * BINS_PER_DECADE);
}

export function secondsOfBin(bin: number): number {
  return 10 ** (bin / BINS_PER_DECADE);
}

/** A round that can be looked at. */
export interface RoundEntry {
  readonly pair: number;
  readonly part: 'a' | 'b' | 'a again';
  readonly isVoid: boolean;
}

/** The id of the element that has the requests of a round, as its server or its client recorded them. */
export function rowsId({ pair, part }: Pick<RoundEntry, 'pair' | 'part'>, seenBy: SeenBy): string {
  return `rows-${pair}-${part.replace(' ', '-')}-${seenBy}`;
}

export type SeenBy = 'server' | 'client';

export interface PackedRows {
  /** Requests of the round, and how many of them are here: all, unless there are too many for a page. */
  readonly of: number;
  readonly count: number;
  readonly tags: readonly Readonly<Record<string, string>>[];
  /** The columns one after the other, gzipped, as base64. */
  readonly columns: string;
}

/** Columns of requests. Times in s, NaN for what is not known. */
export interface RequestColumns {
  /** µs after the measured part of the round began. */
  readonly end: Uint32Array;
  readonly duration: Float32Array;
  readonly firstByte: Float32Array;
  readonly queue: Float32Array;
  /** Into {@link PackedRows.tags}. */
  readonly series: Uint16Array;
  readonly slot: Uint16Array;
}

const BYTES_PER_ROW = 4 * 4 + 2 * 2;

/** Columns of `count` requests in one buffer, new ones without one. */
export function requestColumns(
  count: number,
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(count * BYTES_PER_ROW),
): RequestColumns {
  const { buffer } = bytes;
  let offset = bytes.byteOffset;
  const take = (width: number) => {
    const at = offset;
    offset += width * count;
    return at;
  };
  return {
    end: new Uint32Array(buffer, take(4), count),
    duration: new Float32Array(buffer, take(4), count),
    firstByte: new Float32Array(buffer, take(4), count),
    queue: new Float32Array(buffer, take(4), count),
    series: new Uint16Array(buffer, take(2), count),
    slot: new Uint16Array(buffer, take(2), count),
  };
}
