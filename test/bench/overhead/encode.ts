import { performance } from 'node:perf_hooks';
import { constants, gzipSync } from 'node:zlib';
import { encodeBatch } from '../../../src/export/encode/encode-batch.ts';
import { LineBuffer } from '../../../src/export/encode/line-buffer.ts';
import { type BatchContent, Columns, ROW_BYTES } from '../../../src/record/batch.ts';
import type { SeriesTags } from '../../../src/record/series.ts';
import { Texts } from '../../../src/record/texts.ts';
import { spread } from '../statistics.ts';
import { number, spreadText, table } from '../table.ts';

// What the worker thread does with a batch before it is sent.

const ROWS = 5000;
const WARM_UP_MS = 300;
const MEASURE_MS = 700;

const TAGS = { hostname: 'web-1.example.com', process: 'web-1.example.com:4321', worker: '0', thread: '0' };

/** Measures how long a line takes to encode, and to encode and compress, and returns a table. */
export function encodeCosts(): string {
  const rows = [
    ['plain', content({ texts: false })] as const,
    ['with path and trace id', content({ texts: true })] as const,
  ].flatMap(([name, batch]) => {
    const lines = encodeBatch(batch, TAGS);
    const buffer = new LineBuffer();
    const encode = () => encodeBatch(batch, TAGS, buffer);
    const gzip = () => compress(encode());
    return [
      row(`${name}: encode`, encode, lines.length),
      row(`${name}: encode, gzip level 1`, gzip, compress(lines).length),
    ];
  });
  return table(['encoder', 'us per line', 'bytes per line'], rows);
}

function compress(lines: Uint8Array): Buffer {
  return gzipSync(lines, { level: constants.Z_BEST_SPEED });
}

function row(name: string, run: () => unknown, bytes: number): string[] {
  repeat(run, WARM_UP_MS);
  const usPerLine = repeat(run, MEASURE_MS).map((ms) => (ms * 1e3) / ROWS);
  return [name, spreadText(spread(usPerLine.map((us) => [us])), 2), number(bytes / ROWS, 1)];
}

/** The time of each run, in ms. */
function repeat(run: () => unknown, ms: number): number[] {
  const times: number[] = [];
  const until = performance.now() + ms;
  for (let start = performance.now(); start < until; ) {
    run();
    const end = performance.now();
    times.push(end - start);
    start = end;
  }
  return times;
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
