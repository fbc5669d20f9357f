// The figures of routes and processes, and what stands out: computed without a browser.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  compile,
  type Filter,
  isFiltering,
  matches,
  NO_FILTER,
  withoutValue,
} from '../../../src/view/page/data/filter.ts';
import { lineScale } from '../../../src/view/page/data/scale.ts';
import { type Summary, summarise } from '../../../src/view/page/data/summary.ts';
import { STREAM_CLASS, TagSets } from '../../../src/view/page/data/tags.ts';
import { Colouring } from '../../../src/view/page/drawing/colouring.ts';
import { ColumnCache, categoryOf, ISOLATED } from '../../../src/view/page/drawing/column-cache.ts';
import { Density } from '../../../src/view/page/drawing/density.ts';
import { drawDensity, drawRings } from '../../../src/view/page/drawing/dots.ts';
import { markOf } from '../../../src/view/page/drawing/marks.ts';
import { type Sample, sampleRows, sampleSets } from '../../support/view/page-rows.ts';

function summaryOf(samples: readonly Sample[], byProcess = false): Summary {
  const sets = sampleSets();
  const steps = summarise(
    sampleRows(samples).blocks,
    {
      ...{ from: 0, to: 60_000, low: 0, high: Number.POSITIVE_INFINITY, byProcess },
      ...{ matcher: compile(NO_FILTER, sets, new Map()), bucketMs: 1000, bucketOrigin: 0 },
    },
    sets,
  );
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

const secondsOf = ({ slowest }: Summary) => slowest.map(({ block, index }) => block.chunk.duration[index]!);

describe('the slowest requests', () => {
  test('are a fiftieth of the answered ones, at most a hundred, wherever they are', () => {
    const samples = (count: number) =>
      Array.from({ length: count }, (_, n) => ({
        end: 1000,
        duration: 0.001 * (((n * 7919) % count) + 1),
        series: 0,
      }));
    assert.deepEqual(secondsOf(summaryOf(samples(200))), [0.2, 0.199, 0.198, 0.197]);
    const many = secondsOf(summaryOf(samples(20_011)));
    assert.equal(many.length, 100);
    assert.deepEqual([many[0], many[99]], [20.011, 19.912]);
  });

  test('that took equally long are all among them, or none', () => {
    const same = Array.from({ length: 5000 }, (_, n) => ({ end: n, duration: 0.25, series: 0 }));
    assert.deepEqual(secondsOf(summaryOf(same)), []);
    const two = [0.5, 0.7].map((duration) => ({ end: 9, duration, series: 0 }));
    assert.deepEqual(secondsOf(summaryOf([...same, ...two])), [0.7, 0.5]);
  });

  test('are never failures, aborted ones or streams', () => {
    const fast = Array.from({ length: 60 }, (_, n) => ({ end: n, duration: 0.001 * (n + 1), series: 0 }));
    const others = [
      { end: 5, duration: 9, series: 2 },
      { end: 6, duration: 9, series: 3 },
      { end: 7, duration: 9, series: 0, firstByte: 0.01 },
    ];
    assert.deepEqual(secondsOf(summaryOf([...fast, ...others])), [0.06, 0.059]);
  });

  test('have a ring each in the plot, also where two are in one column of it', () => {
    const samples = Array.from({ length: 100 }, (_, n) => ({ end: n * 100, duration: 0.001, series: 0 }));
    const slow = [1, 2].map((duration) => ({ end: 5000, duration, series: 0 }));
    const { slowest } = summaryOf([...samples, ...slow]);
    const pixels = { width: 100, height: 80, data: new Uint8ClampedArray(100 * 80 * 4) };
    const tables = {
      matcher: compile(NO_FILTER, sampleSets(), new Map()),
      category: new Uint8Array(4),
      flags: new Uint8Array(4),
    };
    const style = { slowMark: markOf('ring', 9), slow: [9, 9, 9] } as never;
    const scale = { kind: 'log', low: 0.0001, high: 10 } as const;
    assert.equal(drawRings(pixels, slowest, { from: 0, to: 10_000 }, scale, tables, style), 2);
    const rows = Array.from({ length: 80 }, (_, y) => pixels.data[(y * 100 + 50) * 4 + 3]! > 0);
    assert.ok(rows.filter((drawn) => drawn).length >= 4, 'two rings, one above the other');
  });
});

test('each error is marked on a density of many', () => {
  const samples: Sample[] = Array.from({ length: 3000 }, (_, n) => ({
    end: n % 100,
    duration: 0.01,
    series: 0,
  }));
  samples.push({ end: 50, duration: 0.01, series: 2 });
  const tables = {
    ...{ matcher: compile(NO_FILTER, sampleSets(), new Map()), category: sampleSets().statusClass },
    ...{ flags: sampleSets().flags, isolated: 2 },
  };
  const rows = sampleRows(samples);
  const size = { width: 20, height: 20, msPerColumn: 5 };
  const scale = { kind: 'log', low: 0.001, high: 1 } as const;
  const density = new ColumnCache<Density>().show(
    rows,
    { first: 0, width: 20, msPerColumn: 5 },
    '',
    () => new Density(size, scale, true, tables),
  );
  const [data, words] = [new Uint8ClampedArray(1600), new Uint32Array(400)];
  const mark = markOf('diamond', 7);
  const style = {
    ...{ colours: Array(8).fill([1, 2, 3]), marks: [], opacity: 1, paleOpacity: 0.1, error: [200, 0, 0] },
    ...{ aborted: [0, 0, 200], errorMark: mark, abortedMark: mark, slowMark: mark, slow: [0, 0, 0] },
  } as never;
  drawDensity({ width: 20, height: 20, data, words }, density, 0, undefined, style);
  assert.equal(data.filter((value, i) => i % 4 === 0 && value > 150).length > 0, true);
  assert.equal(density.flags.filter((flag) => (flag & 1) !== 0).length, 1);
  assert.equal(
    density.flags.some((flag) => (flag & ISOLATED) !== 0),
    false,
    'no status of 4xx',
  );
});

describe('a row of the table', () => {
  test('has the time of all its requests, and the mean time before and after the first byte', () => {
    const summary = summaryOf(
      [
        { end: 10, duration: 1, series: 0, firstByte: 0.75 },
        { end: 20, duration: 0.5, series: 0, firstByte: 0.25 },
        { end: 30, duration: 2, series: 0 },
        { end: 40, duration: 4, series: 2 },
        { end: 50, duration: 8, series: 3 },
        { end: 60, duration: 30, series: 0, firstByte: 0.125 },
      ],
      true,
    );
    const [items, orders] = [...summary.endpoints.values()];
    assert.deepEqual([items!.time, items!.firstByte, items!.afterFirstByte], [3.5, 0.5, 0.25]);
    assert.deepEqual([orders!.time, orders!.firstByte], [12, Number.NaN]);
    assert.equal(summary.total.time, 15.5);
    const [a, b] = [...summary.byProcess.values()];
    assert.deepEqual([a!.count, a!.time, a!.p95, b!.count, b!.time], [4, 3.5, 2, 2, 12]);
  });

  test('has what made the window slow: the time above its median', () => {
    const { excess } = summaryOf([
      ...Array.from({ length: 90 }, (_, n) => ({ end: n, duration: 0.125, series: 0 })),
      ...Array.from({ length: 4 }, (_, n) => ({ end: n, duration: 1.125, series: 1 })),
      { end: 5, duration: 2.125, series: 2 },
    ]);
    assert.deepEqual([...excess.routes], [0, 4, 2]);
    assert.deepEqual([...excess.processes], [4, 2]);
  });
});

test('the axis of response times is logarithmic beyond two decades, unless a linear one is chosen', () => {
  assert.equal(lineScale('log', 0.001, 5).kind, 'log');
  assert.equal(lineScale('log', 0.001, 0.09).kind, 'linear');
  assert.deepEqual(lineScale('linear', 0.001, 5), { kind: 'linear', low: 0, high: 10 });
});

describe('colours by route', () => {
  /** Nine frequent routes, and a rare slow one. */
  function sets(): TagSets {
    const made = new TagSets();
    made.add(
      Array.from({ length: 10 }, (_, id) => ({ id, tags: { route: `/${id}`, status: '200', process: 'a' } })),
    );
    return made;
  }
  const summary = (excess: number[]) =>
    ({
      ...{ routes: Uint32Array.of(90, 80, 70, 60, 50, 40, 30, 20, 10, 1), total: { count: 451 } },
      excess: { routes: Float64Array.from(excess) },
    }) as unknown as Summary;

  test('go to what took time above the median, the most first, and stay with a name until another clearly matters more', () => {
    const colouring = new Colouring(sets());
    colouring.set('route', summary([0, 0, 0, 1, 2, 3, 4, 5, 6, 50]));
    const names = (excess: number[]) => colouring.legend(summary(excess)).map(({ name }) => name);
    assert.deepEqual(names([0, 0, 0, 1, 2, 3, 4, 5, 6, 50]), [
      ...['/9', '/8', '/7', '/6', '/5', '/4', '/3'],
      'others',
    ]);
    const colourOf9 = colouring.category[9];
    const { version } = colouring;
    colouring.rank(summary([0, 0, 1.4, 1, 2, 3, 4, 5, 6, 50]));
    assert.equal(colouring.version, version, 'a little more is not clearly more');
    colouring.rank(summary([30, 0, 0, 1, 2, 3, 4, 5, 6, 50]));
    assert.equal(colouring.category[0]! < 7 && colouring.category[3]! === 7, true);
    assert.equal(colouring.category[9], colourOf9);
  });

  test('of a status, streams have one of their own', () => {
    const own = sampleSets();
    const colouring = new Colouring(own);
    const [stream, plain] = [
      { end: 1, duration: 3, series: 0, firstByte: 0.01 },
      { end: 2, duration: 3, series: 0 },
    ];
    const { classes } = summaryOf([stream, plain]);
    assert.deepEqual([classes[0], classes[STREAM_CLASS]], [1, 1]);
    const tables = {
      ...{ matcher: compile(NO_FILTER, own, new Map()), category: own.statusClass, flags: own.flags },
      ...{ population: own.population, streams: colouring.streams },
    };
    const { chunk } = sampleRows([stream, plain]).blocks[0]!;
    assert.deepEqual([categoryOf(tables, chunk, 0), categoryOf(tables, chunk, 1)], [STREAM_CLASS, 0]);
  });
});

test('a value can be excluded, with others, and be included again', () => {
  const sets = sampleSets();
  const rows = sampleRows([0, 1, 2, 3].map((series) => ({ end: series, duration: 1, series })));
  const left = (filter: Filter) => {
    const matcher = compile(filter, sets, new Map());
    return [0, 1, 2, 3].filter((i) => matches(matcher, rows.blocks[0]!, i));
  };
  const noOrders = withoutValue(NO_FILTER, 'route', '/orders', true);
  assert.deepEqual(left(noOrders), [0, 1]);
  const none4xx = withoutValue(noOrders, 'status', '4xx', true);
  assert.deepEqual(left(none4xx), [0]);
  assert.deepEqual(left(withoutValue(none4xx, 'route', '/orders', false)), [0, 2, 3]);
  assert.equal(isFiltering(withoutValue(noOrders, 'route', '/orders', false)), false);
});
