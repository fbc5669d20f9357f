import type { Model } from '../../../../view/page/data/model.ts';
import { CHUNK_ROWS, Chunk } from '../../../../view/shared/columns.ts';
import { encodeRows, FRAME_HEADER_BYTES } from '../../../../view/shared/feed.ts';
import {
  type PackedRows,
  type RequestColumns,
  type RoundEntry,
  requestColumns,
  rowsId,
  type SeenBy,
} from '../page-data.ts';

/** The requests of a round in this page; undefined if there are none. */
export function packedRows(round: Pick<RoundEntry, 'pair' | 'part'>, seenBy: SeenBy): PackedRows | undefined {
  const text = document.getElementById(rowsId(round, seenBy))?.textContent;
  const packed = text ? (JSON.parse(text) as PackedRows) : undefined;
  return packed === undefined || packed.count === 0 ? undefined : packed;
}

export async function unpack({ count, columns }: PackedRows): Promise<RequestColumns> {
  const packed = Uint8Array.from(atob(columns), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return requestColumns(count, new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** Adds requests to a model, with the ids of their tag sets from `firstSeries` on. */
export function addRows({ rows }: Model, columns: RequestColumns, firstSeries: number): void {
  const { end, duration, firstByte, queue, series, slot } = columns;
  let chunk = new Chunk();
  for (let row = 0; row < end.length; row++) {
    const at = row % CHUNK_ROWS;
    if (at === 0) chunk = new Chunk();
    chunk.timestamp[at] = BigInt(end[row]!) * 1000n;
    chunk.duration[at] = duration[row]!;
    chunk.firstByte[at] = firstByte[row]!;
    if (!Number.isNaN(queue[row]!)) chunk.setQueueTime(at, queue[row]!);
    chunk.series[at] = firstSeries + series[row]!;
    chunk.slot.set(at, slot[row]!);
    if (at + 1 < CHUNK_ROWS && row + 1 < end.length) continue;
    rows.add(encodeRows(chunk, 0, at + 1, row - at).subarray(FRAME_HEADER_BYTES));
  }
}
