import http from 'node:http';
import type { TestContext } from 'node:test';
import { CHUNK_ROWS, Chunk } from '../../../src/view/shared/columns.ts';
import {
  decodeJson,
  decodeRows,
  FrameReader,
  FrameType,
  type Hello,
  type Running,
  rowsOf,
  type Series,
  type State,
} from '../../../src/view/shared/feed.ts';

import { until } from '../within.ts';

/** The state of a page that has read a feed so far. */
export interface FeedClient {
  readonly hello: Hello;
  readonly states: State[];
  /** The newest list of open requests. */
  readonly running: readonly Running[] | undefined;
  readonly series: Map<number, Series>;
  readonly texts: Map<number, string>;
  readonly chunks: Map<number, Chunk>;
  /** Number of the next row. */
  readonly nextRow: number;
  /** The received rows, in order. */
  readonly rows: number[];
  until(condition: () => boolean): Promise<void>;
  readonly socket: http.IncomingMessage;
  readonly ended: Promise<void>;
}

/** Reads a viewer's feed as the page does. */
export async function readFeed(
  t: TestContext,
  url: string,
  query = '',
  headers: Record<string, string> = {},
): Promise<FeedClient> {
  const res = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(`${url}/feed${query}`, { headers, agent: false }, resolve).on('error', reject);
  });
  t.after(() => res.destroy());
  const reader = new FrameReader();
  const client = {
    hello: undefined as unknown as Hello,
    states: [] as State[],
    running: undefined as readonly Running[] | undefined,
    series: new Map<number, Series>(),
    texts: new Map<number, string>(),
    chunks: new Map<number, Chunk>(),
    nextRow: 0,
    rows: [] as number[],
    socket: res,
    ended: new Promise<void>((resolve) => res.on('close', resolve)),
    until: (condition: () => boolean) => until(condition, 'the page has been told'),
  };
  res.on('error', () => {});
  res.on('data', (bytes: Buffer) => {
    for (const { type, payload } of reader.read(bytes)) {
      if (type === FrameType.hello) client.hello = decodeJson(payload);
      if (type === FrameType.state) client.states.push(decodeJson(payload));
      if (type === FrameType.running) client.running = decodeJson(payload);
      if (type === FrameType.series)
        for (const series of decodeJson<Series[]>(payload)) client.series.set(series.id, series);
      if (type === FrameType.texts)
        for (const [id, text] of decodeJson<[number, string][]>(payload)) client.texts.set(id, text);
      if (type !== FrameType.rows) continue;
      const { row, count } = rowsOf(payload);
      const at = Math.floor(row / CHUNK_ROWS);
      const chunk = client.chunks.get(at) ?? new Chunk();
      client.chunks.set(at, chunk);
      decodeRows(payload, chunk, row % CHUNK_ROWS);
      for (let i = 0; i < count; i++) {
        client.rows.push(row + i);
        const id = chunk.series[(row + i) % CHUNK_ROWS]!;
        if (!client.series.has(id)) throw new Error(`row ${row + i} came before its series ${id}`);
      }
      client.nextRow = row + count;
    }
  });
  await client.until(() => client.hello !== undefined);
  return client;
}
