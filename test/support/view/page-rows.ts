import { Rows } from '../../../src/view/page/data/rows.ts';
import { TagSets } from '../../../src/view/page/data/tags.ts';
import { CHUNK_ROWS, Chunk } from '../../../src/view/shared/columns.ts';
import { encodeRows, FRAME_HEADER_BYTES } from '../../../src/view/shared/feed.ts';

/** A request, with only the values that computations use. */
export interface Sample {
  /** ms after {@link BASE_MS}. */
  readonly end: number;
  /** s */
  readonly duration: number;
  /** Index into {@link SAMPLE_TAGS}. */
  readonly series: number;
  readonly slot?: number;
  /** s */
  readonly firstByte?: number;
}

export const BASE_MS = 1_795_000_000_000;

export const SAMPLE_TAGS: readonly Record<string, string>[] = [
  { method: 'GET', route: '/', status: '200', outcome: 'finished', process: 'a:1', thread: '0' },
  { method: 'GET', route: '/items/:item', status: '404', outcome: 'finished', process: 'a:1', thread: '0' },
  { method: 'POST', route: '/orders', status: '500', outcome: 'finished', process: 'b:2', thread: '0' },
  { method: 'POST', route: '/orders', status: '0', outcome: 'aborted', process: 'b:2', thread: '3' },
];

export function sampleSets(): TagSets {
  const sets = new TagSets();
  sets.add(SAMPLE_TAGS.map((tags, id) => ({ id, tags })));
  return sets;
}

/** The samples as frames of the feed, with at most `most` rows each. */
export function sampleRows(samples: readonly Sample[], most = CHUNK_ROWS): Rows {
  const rows = new Rows(BASE_MS);
  for (const payload of payloadsOf(samples, most)) rows.add(payload);
  return rows;
}

export function* payloadsOf(samples: readonly Sample[], most = CHUNK_ROWS): Generator<Uint8Array> {
  let chunk = new Chunk();
  let sent = 0;
  for (const [row, { end, duration, series, slot = 1, firstByte = Number.NaN }] of samples.entries()) {
    const i = row % CHUNK_ROWS;
    if (i === 0) chunk = new Chunk();
    const ns = Math.round(duration * 1e9);
    chunk.timestamp[i] = BigInt(BASE_MS) * 1_000_000n + BigInt(Math.round(end * 1e6));
    chunk.duration[i] = ns / 1e9;
    chunk.firstByte[i] = firstByte;
    chunk.series[i] = series;
    chunk.slot.set(i, slot);
    const from = sent % CHUNK_ROWS;
    if (i + 1 - from === most || i + 1 === CHUNK_ROWS || row + 1 === samples.length) {
      yield encodeRows(chunk, from, i + 1, sent).subarray(FRAME_HEADER_BYTES);
      sent = row + 1;
    }
  }
}
