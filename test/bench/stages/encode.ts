import { constants, gzipSync } from 'node:zlib';
import { encodeBatch } from '../../../src/export/encode/encode-batch.ts';
import { LineBuffer } from '../../../src/export/encode/line-buffer.ts';
import { type BatchContent, Columns, ROW_BYTES } from '../../../src/record/batch.ts';
import type { SeriesTags } from '../../../src/record/series.ts';
import { Texts } from '../../../src/record/texts.ts';
import { number } from '../table.ts';
import { measure } from './measure.ts';
import type { Stage } from './stages.ts';

// What the worker thread does with a batch before it is sent.

const ROWS = 5000;

const TAGS = { hostname: 'web-1.example.com', process: 'web-1.example.com:4321', worker: '0', thread: '0' };

/** Encoding a batch, and compressing it. */
export function encodeStages(): Stage[] {
  return [
    ['plain', content({ texts: false })] as const,
    ['with path and trace id', content({ texts: true })] as const,
  ].flatMap(([name, batch]): Stage[] => {
    const lines = encodeBatch(batch, TAGS);
    const buffer = new LineBuffer();
    const sent = `${number(lines.length / ROWS, 0)} bytes become ${number(compress(lines).length / ROWS, 1)}`;
    return [
      [`encode, ${name}`, measure(() => encodeBatch(batch, TAGS, buffer), ROWS)],
      [`gzip level 1, ${name}: ${sent}`, measure(() => compress(lines), ROWS)],
    ];
  });
}

function compress(lines: Uint8Array): Buffer {
  return gzipSync(lines, { level: constants.Z_BEST_SPEED });
}

/** A batch as a busy server fills it: requests of some routes, of different duration and size. */
function content({ texts }: { texts: boolean }): BatchContent {
  const buffer = new SharedArrayBuffer(ROWS * ROW_BYTES);
  const columns = new Columns(buffer, ROWS);
  const series = Array.from({ length: 20 }, (_, i): SeriesTags => {
    return ['GET', `/tenants/:tenant/items${i}/:item`, i % 5 === 0 ? 404 : 200, 'finished'];
  });
  const all = new Texts();
  const hex = (row: number, length: number) => (row + 1).toString(16).repeat(32).slice(0, length);
  for (let row = 0; row < ROWS; row++) {
    columns.end[row] = row * 200_123.4;
    columns.duration[row] = 0.2 + ((row * 7919) % 1000) / 77;
    columns.firstByte[row] = columns.duration[row]! * 0.9;
    columns.queueTime[row] = Number.NaN;
    columns.bytesOut[row] = (row * 104_729) % 20_000;
    columns.slot[row] = 1 + (row % 32);
    columns.connectionRequests[row] = 1 + row;
    columns.inFlight[row] = 1 + (row % 32);
    columns.series[row] = row % series.length;
    if (!texts) continue;
    columns.path[row] = all.push(`/tenants/${row % 100}/items/${row}`);
    columns.trace[row] = all.push(`00-${hex(row, 32)}-${hex(row, 16)}-01`);
  }
  const base = 1_750_000_000_000_000_000n;
  return { buffer, capacity: ROWS, rows: ROWS, base, era: 0, firstSequence: 1, series, texts: all.buffer };
}
