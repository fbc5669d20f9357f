import { gzipSync } from 'node:zlib';
import type { Samples } from '../../load/messages.ts';
import { isDueFrom, type Points } from '../../rounds/points.ts';
import { type PackedRows, type RequestColumns, requestColumns } from './page-data.ts';

const TAGS = ['method', 'route', 'status', 'outcome', 'process', 'thread'] as const;
const MAX_SERIES = 65_535;

interface Row {
  readonly endMs: number;
  readonly duration: number;
  readonly firstByte: number;
  readonly queue: number;
  readonly slot: number;
  readonly series: number;
}

/** The requests of the measured part of a round, as its server recorded them. At most `most`, evenly left out. */
export function packPoints({ store }: Points, measuredMs: number, most: number): PackedRows {
  const tagSets = new TagSets();
  const series = new Map(
    store.series.addedAfter(0).map(({ id, tags }) => [id, tagSets.idOf(TAGS.map((tag) => tags[tag] ?? ''))]),
  );
  const upgraded = new Set(
    store.series.addedAfter(0).flatMap(({ id, tags }) => (tags.outcome === 'upgraded' ? [id] : [])),
  );
  const rows: Row[] = [];
  for (const { chunk, count } of store.rows) {
    for (let at = 0; at < count; at++) {
      const endMs = Number(chunk.timestamp[at]!) / 1e6 - measuredMs;
      const id = chunk.series[at]!;
      const startMs = endMs - chunk.leadOf(at) / 1e6;
      if (!isDueFrom(0, startMs, chunk.queueTimeOf(at)) || upgraded.has(id)) continue;
      rows.push({
        endMs,
        duration: chunk.duration[at]!,
        firstByte: chunk.firstByte[at]!,
        queue: chunk.queueTimeOf(at),
        slot: chunk.slot.get(at),
        series: series.get(id) ?? 0,
      });
    }
  }
  return pack(rows, tagSets, most);
}

/** The measured requests of a round that were answered, as the client saw them. */
export function packSamples(
  { due, latency, status, request }: Samples,
  mix: readonly { method: string; path: string }[],
  most: number,
): PackedRows {
  const tagSets = new TagSets();
  const rows: Row[] = [];
  for (let i = 0; i < due.length; i++) {
    const duration = latency[i]!;
    if (Number.isNaN(duration)) continue;
    const { method, path } = mix[request[i]!] ?? { method: '', path: '' };
    rows.push({
      endMs: (due[i]! + duration) * 1000,
      duration,
      firstByte: Number.NaN,
      queue: Number.NaN,
      slot: 0,
      series: tagSets.idOf([method, path, String(status[i]), 'answered', 'client', '0']),
    });
  }
  return pack(rows, tagSets, most);
}

function pack(rows: readonly Row[], { tags }: TagSets, most: number): PackedRows {
  const every = Math.max(1, Math.ceil(rows.length / most));
  const kept = every === 1 ? rows : rows.filter((_, i) => i % every === 0);
  const columns = requestColumns(kept.length);
  kept.forEach((row, i) => {
    columns.end[i] = Math.round(row.endMs * 1000);
    columns.duration[i] = row.duration;
    columns.firstByte[i] = row.firstByte;
    columns.queue[i] = row.queue;
    columns.series[i] = row.series;
    columns.slot[i] = Math.min(65_535, row.slot);
  });
  return { of: rows.length, count: kept.length, tags, columns: base64Of(columns) };
}

function base64Of({ end }: RequestColumns): string {
  return gzipSync(new Uint8Array(end.buffer)).toString('base64');
}

/** Tag sets with ids from 0; beyond the limit, all others are one. */
class TagSets {
  readonly tags: Record<string, string>[] = [];
  readonly #ids = new Map<string, number>();

  idOf(values: readonly string[]): number {
    const key = JSON.stringify(values);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = Math.min(this.tags.length, MAX_SERIES);
      this.#ids.set(key, id);
      this.tags[id] = Object.fromEntries(
        TAGS.flatMap((tag, i) => (values[i] === '' ? [] : [[tag, values[i]!]])),
      );
    }
    return id;
  }
}
