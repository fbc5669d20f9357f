import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { across } from '../../../src/view/page/stalls/across.ts';
import type { Band } from '../../../src/view/page/stalls/band.ts';
import { locate } from '../../../src/view/page/stalls/locate.ts';
import { silences } from '../../../src/view/page/stalls/silence.ts';
import { Store } from '../../../src/view/store/store.ts';
import { sampleRows, sampleSets } from '../../support/view/page-rows.ts';

/** Times from `from` to `to`, each `step` ms. */
const every = (step: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / step) }, (_, i) => from + i * step);

describe('a blocked event loop', () => {
  test('is located where no request started or ended, to the step of the measurement', () => {
    const events = [...every(7, 0, 400), ...every(7, 900, 1500)];
    const { from, to, exact } = locate(events, 200, 1200, 495);
    assert.ok(exact);
    assert.ok(Math.abs(from - 405) <= 10 && Math.abs(to - 900) <= 10, `${from} ${to}`);
  });

  test('is located if it ended with the period before, whose measurement it missed', () => {
    const events = [...every(7, 0, 500), ...every(7, 1000, 2100)];
    const { from, to, exact } = locate(events, 1000, 2000, 490);
    assert.ok(exact);
    assert.ok(Math.abs(from - 510) <= 15 && Math.abs(to - 1000) <= 10, `${from} ${to}`);
  });

  test('is somewhere in the period if there are no requests, or too few', () => {
    assert.deepEqual(locate([], 1000, 2000, 300), { from: 700, to: 2000, exact: false });
    const few = locate([1050, 1900], 1000, 2000, 300);
    assert.equal(few.exact, false);
    assert.ok(few.from <= 1050 && few.to >= 1900);
  });

  test('is in one of several times that are long enough, and it is said that they are several', () => {
    const events = [...every(5, 0, 200), ...every(5, 520, 600), ...every(5, 910, 1500)];
    const { from, to, exact } = locate(events, 100, 1100, 300);
    assert.equal(exact, false);
    assert.ok(from <= 200 && to >= 905, `${from} ${to}`);
  });

  test('lists the requests that it delayed: those across all of it first, the latest of them before the others', () => {
    const band = { from: 1000, to: 1500, group: 'a:1' } as Band;
    const rows = sampleRows([
      { end: 1600, duration: 0.2, series: 0 },
      { end: 1501, duration: 0.7, series: 0 },
      { end: 1501, duration: 0.505, series: 1 },
      { end: 1501, duration: 0.505, series: 2 },
      { end: 990, duration: 0.2, series: 0 },
    ]);
    const { found, total } = across(rows, sampleSets(), band, 2);
    assert.equal(total, 3);
    assert.deepEqual(
      found.map(({ whole, ref }) => [whole, ref.index]),
      [
        [true, 2],
        [true, 1],
      ],
    );
  });
});

describe('a time in which nothing was recorded', () => {
  const buckets = (count: number[]) => ({ ms: 1000, from: 0, count: Uint32Array.from(count) });
  test('is found between requests', () => {
    assert.deepEqual(silences(buckets([0, 50, 40, 0, 0, 0, 60, 50, 0])), [{ from: 3000, to: 6000 }]);
  });
  test('is none if few requests were to be expected, or if nothing came before or after it', () => {
    assert.deepEqual(silences(buckets([0, 0, 0, 50, 50, 0, 0, 0])), []);
    assert.deepEqual(silences(buckets([1, 0, 2, 0, 0, 0, 0, 1])), []);
    assert.deepEqual(silences(buckets([])), []);
    assert.deepEqual(silences(buckets([0, 0])), []);
  });
});

describe('the marks of a store', () => {
  const write = (store: Store, lines: string) => {
    assert.equal(store.write(Buffer.from(lines), 1_000_000n).refused, 0);
  };
  test('are periods with a blocked loop, and starts and stops of processes', () => {
    const store = new Store(16_384);
    const delay = (at: number, seconds: number) =>
      `request-metrics,process=a:1 event_loop_delay_max=${seconds},cpu_user_time=1 ${at}\n`;
    write(store, delay(1000, 3) + delay(2000, 0.48) + delay(3000, 0.01));
    write(store, 'request-metrics,process=a:1,time_bucket=0.0 application_time_bucket=1i 3000\n');
    write(store, 'process-event,process=a:1 event="start",uptime=0,text="node started" 500\n');
    const marks = store.marks.after(0);
    assert.deepEqual(
      marks.map(({ kind, from, at, seconds, text }) => [kind, from, at, seconds, text]),
      [
        ['blocked', 1000, 2000, 0.48, ''],
        ['start', 500, 500, 0, 'node started'],
      ],
    );
    assert.deepEqual(
      store.marks.after(1).map(({ number }) => number),
      [1],
    );
    assert.deepEqual(store.marks.after(2), []);
  });

  test('are bounded', () => {
    const store = new Store(16_384);
    const lines = Array.from({ length: 3000 }, (_, i) => `process-event,pid=${i} event="stop" ${i}`);
    write(store, lines.join('\n'));
    assert.deepEqual([store.marks.added, store.marks.after(0).length], [3000, 2000]);
  });
});
