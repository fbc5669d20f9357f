import { MessageChannel } from 'node:worker_threads';
import { Batch } from '../../../src/record/batch.ts';
import { SeriesTable } from '../../../src/record/series-table.ts';
import { Texts } from '../../../src/record/texts.ts';
import { measure } from './measure.ts';
import type { Stage } from './stages.ts';

const ROWS = 5000;
const ROUTES = Array.from({ length: 20 }, (_, i) => `/tenants/:tenant/items${i}/:item`);

/** What is written for each request, and how a batch goes to the worker. */
export function recordStages(): Stage[] {
  const batch = begin(new Batch(ROWS));
  const series = new SeriesTable(1000);
  const texts = new Texts();
  const { port1, port2 } = new MessageChannel();
  let request = 0;
  const text = () => {
    if (texts.used > 1e6) texts.clear();
    texts.push('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  };
  const stages: Stage[] = [
    [
      'series look-up',
      measure(() => series.intern(batch, 'GET', ROUTES[request++ % ROUTES.length]!, 200, 'finished')),
    ],
    ['columns', measure(() => fill(batch), ROWS)],
    ['text, a trace id', measure(text)],
    ['hand-over, of 5000 to a batch', measure(() => port1.postMessage(batch.content()), ROWS)],
  ];
  port1.close();
  port2.close();
  return stages;
}

function begin(batch: Batch): Batch {
  batch.begin({ generation: 1, baseMs: 0, wall: 0n, floor: 0, era: 0, sequence: 1 });
  return batch;
}

function fill(batch: Batch): void {
  const { columns } = batch;
  for (let row = 0; row < ROWS; row++) {
    columns.end[row] = row * 200_123.4;
    columns.duration[row] = row * 0.01;
    columns.firstByte[row] = row * 0.009;
    columns.queueTime[row] = Number.NaN;
    columns.bytesIn[row] = 0;
    columns.bytesOut[row] = 11;
    columns.slot[row] = 1;
    columns.inFlight[row] = 1;
    columns.connectionRequests[row] = row;
    columns.series[row] = 0;
    columns.trace[row] = 0;
    columns.path[row] = 0;
  }
  batch.rows = ROWS;
}
