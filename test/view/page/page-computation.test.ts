// What the page of the live view computes, without a browser.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { exportParts } from '../../../src/view/page/data/export-file.ts';
import { fromSingle, lineOf, requestAt } from '../../../src/view/page/data/export-formats.ts';
import { percentiles, rankOf } from '../../../src/view/page/data/figures/percentiles.ts';
import { compile, type Filter, matches, NO_FILTER } from '../../../src/view/page/data/filter.ts';
import type { Rows } from '../../../src/view/page/data/rows.ts';
import {
  columnsOf,
  positionOf,
  scaleAround,
  timeTicks,
  valueAt,
  valueTicks,
} from '../../../src/view/page/data/scale.ts';
import { type Summary, summarise } from '../../../src/view/page/data/summary.ts';
import { TagSets } from '../../../src/view/page/data/tags.ts';
import { ColumnCache, type LookupTables } from '../../../src/view/page/drawing/column-cache.ts';
import { Density } from '../../../src/view/page/drawing/density.ts';
import { drawDots } from '../../../src/view/page/drawing/dots.ts';
import { lastBefore, nearest, neighbour } from '../../../src/view/page/drawing/find.ts';
import { Lanes } from '../../../src/view/page/drawing/lanes.ts';
import { markOf } from '../../../src/view/page/drawing/marks.ts';
import { Occupancy } from '../../../src/view/page/drawing/occupancy.ts';
import { formatBytes, formatCount, formatSeconds, formatZone } from '../../../src/view/page/format.ts';
import { CHUNK_ROWS } from '../../../src/view/shared/columns.ts';
import { parseLines } from '../../support/line-protocol.ts';
import {
  BASE_MS,
  payloadsOf,
  SAMPLE_TAGS,
  type Sample,
  sampleRows,
  sampleSets,
} from '../../support/view/page-rows.ts';

const TEXTS = new Map<number, string>();

/** Requests of several writers: nearly, but not quite, in the order of time. */
function someSamples(count: number): Sample[] {
  let seed = 42;
  const random = () => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  return Array.from({ length: count }, (_, n) => ({
    end: (n / count) * 60_000 + random() * 900,
    duration: 10 ** (random() * 5 - 4),
    series: Math.floor(random() * SAMPLE_TAGS.length),
    slot: 1 + Math.floor(random() * 5),
  }));
}

function tablesOf(sets = sampleSets(), filter: Filter = NO_FILTER): LookupTables {
  return { matcher: compile(filter, sets, TEXTS), category: sets.statusClass, flags: sets.flags };
}

/** A sample of series 0 or 1 is answered: see {@link SAMPLE_TAGS}. */
const isAnswered = ({ series }: { series: number }) => series < 2;

function allRows(rows: Rows): { end: number; duration: number; series: number }[] {
  return rows.blocks.flatMap(({ chunk, end, from, to }) =>
    Array.from({ length: to - from }, (_, i) => ({
      end: end[from + i]!,
      duration: chunk.duration[from + i]!,
      series: chunk.series[from + i]!,
    })),
  );
}

describe('percentiles', () => {
  test('are those of a sorted list, by nearest rank', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 300 }), (values) => {
        const sorted = values.toSorted((a, b) => a - b);
        const ps = [0, 0.01, 0.5, 0.95, 0.99, 1];
        const expected = ps.map((p) => sorted[rankOf(values.length, p)]!);
        assert.deepEqual(percentiles(Float64Array.from(values), 0, values.length, ps), expected);
      }),
    );
  });

  test('leave what is beside their part alone', () => {
    const values = Float64Array.from([9, 8, 7, 3, 1, 2, 0]);
    assert.deepEqual(percentiles(values, 3, 6, [0.5, 1]), [2, 3]);
    assert.deepEqual([...values.subarray(0, 3), values[6]], [9, 8, 7, 0]);
  });

  test('of nothing are no numbers', () => {
    assert.deepEqual(percentiles(new Float64Array(3), 1, 1, [0.5]), [Number.NaN]);
  });
});

describe('a summary', () => {
  test('has the figures that sorting each route gives', () => {
    const sets = sampleSets();
    const rows = sampleRows(someSamples(20_000), 700);
    const [from, to] = [12_345, 45_678];
    const query = {
      ...{ from, to, low: 0.001, high: 5 },
      ...{ matcher: compile(NO_FILTER, sets, TEXTS), bucketMs: 1000, bucketOrigin: 0 },
    };
    const summary = finish(summarise(rows.blocks, query, sets));
    const seen = allRows(rows).filter(
      ({ end, duration }) => end >= from && end < to && duration >= 0.001 && duration <= 5,
    );
    assert.equal(summary.total.count, seen.length);
    for (const [endpoint, figures] of summary.endpoints) {
      const own = seen.filter(({ series }) => sets.endpoint[series] === endpoint);
      const durations = own
        .filter(isAnswered)
        .map(({ duration }) => duration)
        .toSorted((a, b) => a - b);
      assert.equal(figures.count, own.length);
      assert.equal(figures.answered, durations.length);
      assert.equal(figures.max, durations.at(-1) ?? Number.NaN);
      for (const [p, value] of [
        [0.5, figures.p50],
        [0.95, figures.p95],
        [0.99, figures.p99],
      ] as const) {
        assert.equal(value, durations[rankOf(durations.length, p)] ?? Number.NaN);
      }
      assert.equal(figures.errors, own.filter(({ series }) => SAMPLE_TAGS[series]!.status === '500').length);
      assert.equal(
        figures.aborted,
        own.filter(({ series }) => SAMPLE_TAGS[series]!.outcome === 'aborted').length,
      );
    }
    const bucket = 20;
    const inBucket = allRows(rows).filter(({ end, duration }) => {
      const start = summary.buckets.from + bucket * 1000;
      return end >= start && end < start + 1000 && duration >= 0.001 && duration <= 5;
    });
    const sorted = inBucket
      .filter(isAnswered)
      .map(({ duration }) => duration)
      .toSorted((a, b) => a - b);
    assert.equal(summary.buckets.count[bucket], inBucket.length);
    assert.equal(summary.buckets.p95[bucket], sorted[rankOf(sorted.length, 0.95)]);
    assert.deepEqual([...summary.slots.values()], [5, 5, 5]);
  });

  test('is of the rows that were there when it began', () => {
    const sets = sampleSets();
    const samples = someSamples(3000);
    const [first, ...rest] = [...payloadsOf(samples, 1000)];
    const rows = sampleRows([]);
    rows.add(first!);
    const query = {
      ...{ from: 0, to: 100_000, low: 0, high: 1e9 },
      ...{ matcher: compile(NO_FILTER, sets, TEXTS), bucketMs: 1000, bucketOrigin: 0 },
    };
    const steps = summarise(rows.blocks, query, sets);
    steps.next();
    for (const payload of rest) rows.add(payload);
    assert.equal(finish(steps).total.count, 1000);
  });
});

test('response times are those of the answered requests; every other kind is counted apart', () => {
  const sets = sampleSets();
  const kinds = [
    { status: '200', outcome: 'finished' },
    { status: '503', outcome: 'finished' },
    { status: '500', outcome: 'aborted' },
    { status: '0', outcome: 'unfinished' },
    { status: '101', outcome: 'upgraded' },
    { status: '400', outcome: 'rejected' },
  ];
  const first = SAMPLE_TAGS.length;
  sets.add(kinds.map((tags, n) => ({ id: first + n, tags: { ...SAMPLE_TAGS[0]!, ...tags } })));
  const [answered, failed, aborted, unfinished, upgraded, rejected] = kinds.map((_, n) => first + n) as [
    ...[number, number, number, number, number, number],
  ];
  const rows = sampleRows([
    { end: 500, duration: 0.25, series: answered },
    { end: 510, duration: 0.75, series: answered, firstByte: 0.125 }, // too short for a stream
    { end: 520, duration: 3.5, series: answered, firstByte: 2 }, // the first byte is late
    { end: 530, duration: 20, series: answered, firstByte: 0.125 },
    { end: 540, duration: 40, series: answered, firstByte: 0.25 },
    { end: 550, duration: 0.001, series: failed },
    { end: 560, duration: 5, series: aborted, firstByte: 0.125 },
    { end: 570, duration: 6, series: unfinished },
    { end: 580, duration: 30, series: upgraded, firstByte: 0.125 },
    { end: 590, duration: 0.002, series: rejected },
    { end: 1500, duration: 60, series: upgraded },
  ]);
  const query = {
    ...{ from: 0, to: 2000, low: 0, high: 1e9 },
    ...{ matcher: compile(NO_FILTER, sets, TEXTS), bucketMs: 1000, bucketOrigin: 0 },
  };
  const summary = finish(summarise(rows.blocks, query, sets));
  for (const figures of [summary.total, summary.endpoints.get(sets.endpoint[0]!)!]) {
    assert.deepEqual(figures, {
      ...{ count: 11, errors: 2, answered: 3, failed: 1, aborted: 2, upgraded: 2, rejected: 1, streams: 2 },
      ...{ mean: 1.5, p50: 0.75, p95: 3.5, p99: 3.5, max: 3.5, streamP95: 0.25 },
      ...{ time: 0.25 + 0.75 + 3.5 + 0.001 + 5 + 6 + 0.002, firstByte: 1.0625, afterFirstByte: 1.0625 },
    });
  }
  assert.deepEqual([...summary.buckets.count], [10, 1]);
  assert.deepEqual([...summary.buckets.mean], [1.5, Number.NaN]);
  assert.deepEqual([...summary.buckets.p95], [3.5, Number.NaN]);
  assert.deepEqual([summary.min, summary.max], [0.001, 60]);
});

test('two services with the same route have figures of their own', () => {
  const sets = new TagSets();
  sets.add(['shop', 'stock'].map((service, id) => ({ id, tags: { ...SAMPLE_TAGS[0]!, service } })));
  const rows = sampleRows([0.01, 3].map((duration, series) => ({ end: 500, duration, series })));
  const query = {
    ...{ from: 0, to: 1000, low: 0, high: 1e9 },
    ...{ matcher: compile(NO_FILTER, sets, TEXTS), bucketMs: 1000, bucketOrigin: 0 },
  };
  const { endpoints } = finish(summarise(rows.blocks, query, sets));
  assert.deepEqual(
    [...endpoints.values()].map(({ count, max }) => ({ count, max: Math.round(max * 100) / 100 })),
    [
      { count: 1, max: 0.01 },
      { count: 1, max: 3 },
    ],
  );
});

test('a text that begins with a minus excludes what contains it', () => {
  const sets = sampleSets();
  const rows = sampleRows(SAMPLE_TAGS.map((_, series) => ({ end: series, duration: 1, series })));
  const [block] = rows.blocks;
  const found = (text: string) => {
    const matcher = compile({ values: {}, text }, sets, TEXTS);
    return SAMPLE_TAGS.map((_, index) => index).filter((index) => matches(matcher, block!, index));
  };
  assert.deepEqual(found('/orders'), [2, 3]);
  assert.deepEqual(found('-/orders'), [0, 1]);
});

function finish(steps: Generator<void, Summary>): Summary {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

describe('a density', () => {
  const sets = sampleSets();
  const tables = tablesOf(sets);
  const size = { width: 300, height: 80 };
  const scale = scaleAround('log', 1e-4, 10);

  const densityOf = (msPerColumn: number) => new Density({ ...size, msPerColumn }, scale, true, tables);

  test('counts every request of its columns once', () => {
    const rows = sampleRows(someSamples(30_000));
    const columns = columnsOf({ from: -1000, to: 62_000 }, size.width);
    const density = new ColumnCache<Density>().show(rows, columns, '', () => densityOf(columns.msPerColumn));
    assert.equal(density.total, 30_000);
    assert.equal(
      density.counts.reduce((sum, count) => sum + count, 0),
      30_000,
    );
  });

  test('is the same after moving and growing as counted anew', () => {
    const samples = someSamples(3 * CHUNK_ROWS + 500);
    const payloads = [...payloadsOf(samples, 900)];
    const rows = sampleRows([]);
    const cache = new ColumnCache<Density>();
    const msPerColumn = 100;
    let first = -100;
    const show = (target: ColumnCache<Density>) =>
      target.show(rows, { first, width: size.width, msPerColumn }, '', () => densityOf(msPerColumn));
    show(cache);
    for (const [n, payload] of payloads.entries()) {
      const { block, from, to } = rows.add(payload);
      cache.added(block, from, to);
      first += [7, -3, 40, 0, -20][n % 5]!;
      if (n === 20) cache.evicted(rows, rows.evict(CHUNK_ROWS));
      const [moved, anew] = [show(cache), show(new ColumnCache())];
      for (const column of ['counts', 'flags', 'totals'] as const) {
        assert.deepEqual(moved[column], anew[column], `${column} after ${n} frames`);
      }
    }
  });

  test('leaves out values beyond a zoomed scale, and keeps them at the ends of one that is not', () => {
    const rows = sampleRows(someSamples(1000));
    const columns = columnsOf({ from: -1000, to: 62_000 }, size.width);
    const narrow = { kind: 'log', low: 0.01, high: 0.1 } as const;
    const count = (clamp: boolean) =>
      new ColumnCache<Density>().show(
        rows,
        columns,
        '',
        () => new Density({ ...size, msPerColumn: columns.msPerColumn }, narrow, clamp, tables),
      ).total;
    const inside = allRows(rows).filter(({ duration }) => duration > 0.01 && duration < 0.1).length;
    assert.ok(Math.abs(count(false) - inside) <= 1);
    assert.equal(count(true), 1000);
  });

  test('and dots: as many are drawn as there are', () => {
    const rows = sampleRows(someSamples(5000));
    const pixels = { width: 300, height: 80, data: new Uint8ClampedArray(300 * 80 * 4) };
    const mark = markOf('dot', 5);
    const style = {
      ...{
        colours: Array(8).fill([1, 2, 3]),
        marks: Array(8).fill(mark),
        error: [1, 2, 3],
        aborted: [1, 2, 3],
      },
      ...{ opacity: 1, errorMark: mark, abortedMark: mark, slowMark: mark, slow: [0, 0, 0] },
    } as const;
    assert.equal(drawDots(pixels, rows, { from: -1, to: 61_000 }, scale, true, tables, style as never), 5000);
    const part = allRows(rows).filter(({ end }) => end >= 100 && end < 5000).length;
    assert.equal(drawDots(pixels, rows, { from: 100, to: 5000 }, scale, true, tables, style as never), part);
  });
});

test('lanes add up to the time that requests took', () => {
  const sets = sampleSets();
  const rows = sampleRows(someSamples(5000));
  const slots = new Map([...sets.groups.names.keys()].map((group) => [group, 5]));
  const columns = columnsOf({ from: -20_000, to: 70_000 }, 400);
  const plane = new ColumnCache<Occupancy>().show(
    rows,
    columns,
    '',
    () =>
      new Occupancy({ width: 400, msPerColumn: columns.msPerColumn }, new Lanes(sets, slots), tablesOf(sets)),
  );
  const busyMs = plane.busy.reduce((sum, busy) => sum + busy * columns.msPerColumn, 0);
  const expected = allRows(rows).reduce((sum, { duration }) => sum + duration * 1000, 0);
  assert.ok(Math.abs(busyMs / expected - 1) < 1e-3, `${busyMs} ms, ${expected} ms`);
});

describe('a filter', () => {
  const sets = sampleSets();
  const rows = sampleRows(someSamples(1000));
  const count = (filter: Filter) => {
    const matcher = compile(filter, sets, TEXTS);
    return rows.blocks.reduce((sum, block) => {
      for (let i = block.from; i < block.to; i++) if (matches(matcher, block, i)) sum++;
      return sum;
    }, 0);
  };
  const expected = (test: (tags: Record<string, string>) => boolean) =>
    allRows(rows).filter(({ series }) => test(SAMPLE_TAGS[series]!)).length;

  test('takes those that have all of its values', () => {
    assert.equal(count(NO_FILTER), 1000);
    assert.equal(
      count({ values: { route: '/orders', outcome: 'aborted' }, text: '' }),
      expected(({ route, outcome }) => route === '/orders' && outcome === 'aborted'),
    );
    assert.equal(
      count({ values: { status: '5xx' }, text: '' }),
      expected(({ status }) => status === '500'),
    );
  });

  test('finds text in any tag, whatever its case', () => {
    assert.equal(
      count({ values: {}, text: ' ORDERS ' }),
      expected(({ route }) => route === '/orders'),
    );
    assert.equal(count({ values: {}, text: 'nowhere' }), 0);
  });

  test('finds a trace id by its beginning', () => {
    const block = rows.blocks[0]!;
    block.chunk.trace.set([0xab, 0xcd, 0xef], 7 * 16);
    assert.equal(count({ values: {}, text: 'abcdef00' }), 1);
    assert.equal(count({ values: {}, text: 'cdef' }), 0);
  });
});

describe('finding', () => {
  const sets = sampleSets();
  const matcher = compile(NO_FILTER, sets, TEXTS);

  test('steps through all requests in the order of their ends', () => {
    const rows = sampleRows(someSamples(2 * CHUNK_ROWS + 100));
    const expected = allRows(rows)
      .map(({ end }) => end)
      .toSorted((a, b) => a - b);
    let at = lastBefore(rows, matcher, Number.MAX_SAFE_INTEGER / 1e6);
    for (let n = expected.length - 1; n > expected.length - 300; n--) {
      assert.equal(at!.block.end[at!.index], expected[n]);
      at = neighbour(rows, matcher, at!, -1);
    }
    const back = neighbour(rows, matcher, at!, 1)!;
    assert.equal(back.block.end[back.index], expected[expected.length - 299]);
  });

  test('tells requests apart that end in the same ns', () => {
    const rows = sampleRows(Array.from({ length: 4 }, () => ({ end: 5, duration: 0.1, series: 0 })));
    const order: number[] = [];
    for (let at = lastBefore(rows, matcher, 6); at !== undefined; at = neighbour(rows, matcher, at, -1)) {
      order.push(at.index);
    }
    assert.deepEqual(order, [3, 2, 1, 0]);
  });

  test('takes the request nearest to the pointer, and none that is far', () => {
    const rows = sampleRows([
      { end: 100, duration: 0.1, series: 0 },
      { end: 110, duration: 0.1, series: 1 },
    ]);
    const scale = { kind: 'linear', low: 0, high: 1 } as const;
    const at = (x: number, y: number) =>
      nearest(rows, matcher, { from: 0, to: 200 }, scale, { width: 200, height: 100 }, { x, y }, 8)?.index;
    assert.equal(at(103, 90), 0);
    assert.equal(at(107, 92), 1);
    assert.equal(at(150, 90), undefined);
    assert.equal(at(103, 50), undefined);
  });
});

describe('an export', () => {
  const sets = sampleSets();

  test('of line protocol reads as what was recorded', () => {
    const samples = someSamples(500);
    const rows = sampleRows(samples);
    const selection = {
      ...{ from: -1, to: 100_000, low: 0, high: 1e9 },
      matcher: compile(NO_FILTER, sets, TEXTS),
    };
    const points = parseLines(
      [...exportParts('line-protocol', rows, selection, { sets, texts: TEXTS })].join(''),
    );
    assert.equal(points.length, 500);
    for (const [n, { tags, fields, time }] of points.entries()) {
      const { end, duration, series, slot } = samples[n]!;
      const ns = Math.round(duration * 1e9);
      const timestamp = BigInt(BASE_MS) * 1_000_000n + BigInt(Math.round(end * 1e6));
      assert.deepEqual(tags, SAMPLE_TAGS[series]);
      assert.equal(time, timestamp);
      assert.equal(fields.application_time, ns / 1e9);
      assert.equal(fields.slot, slot);
      assert.equal('first_byte_time' in fields, false);
    }
    const line = lineOf(requestAt(rows.blocks[0]!, 0, { sets, texts: TEXTS }));
    assert.match(line, /,start_time=\d+i \d+$/);
  });

  test('gives back ns of times that are kept in single precision, below 15 ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 15_000_000 }), (ns) => {
        assert.equal(fromSingle(Math.fround(ns / 1e9)), ns / 1e9);
      }),
    );
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(0.02), max: 300 }),
        (value) => {
          assert.equal(Math.fround(fromSingle(value)), value);
        },
      ),
    );
  });

  test('of no request is empty, and still valid JSON', () => {
    const selection = { from: 0, to: 1, low: 0, high: 1, matcher: compile(NO_FILTER, sets, TEXTS) };
    const parts = exportParts('trace', sampleRows([]), selection, { sets, texts: TEXTS });
    assert.deepEqual(JSON.parse([...parts].join('')).traceEvents, []);
  });
});

describe('scales', () => {
  test('have room for all values, and lead there and back', () => {
    for (const kind of ['log', 'linear'] as const) {
      fc.assert(
        fc.property(
          fc.double({ min: 1e-7, max: 100, noNaN: true }),
          fc.double({ min: 1, max: 1e4, noNaN: true }),
          (min, factor) => {
            const scale = scaleAround(kind, min, min * factor);
            const [low, high] = [positionOf(scale, min), positionOf(scale, min * factor)];
            assert.ok(high >= 0 && low <= 1 && high <= low, JSON.stringify({ scale, low, high }));
            assert.ok(Math.abs(valueAt(scale, low) / min - 1) < 1e-6);
            assert.ok(valueTicks(scale, 300).length <= 60);
          },
        ),
      );
    }
  });

  test('of time are round, and tell their ticks apart', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e9, noNaN: true }), (length) => {
        const { times, digits } = timeTicks({ from: 5, to: 5 + length }, 1000, BASE_MS);
        assert.ok(times.length <= 11);
        const labels = times.map((time) => Math.round(time * 10 ** (digits - 3)));
        assert.equal(new Set(labels).size, labels.length);
      }),
    );
  });
});

test('numbers are written with their units', () => {
  assert.equal(formatCount(1_000_000), '1\u202f000\u202f000');
  assert.deepEqual([0.0000005, 0.000812, 0.0123, 0.4, 1.234, 120].map(formatSeconds), [
    ...['500 ns', '812 µs', '12.3 ms', '400 ms', '1.23 s', '120 s'],
  ]);
  assert.deepEqual([999, 1500, 2.5e6].map(formatBytes), ['999 B', '1.50 kB', '2.50 MB']);
});

test('the zone of local times is named by its offset', () => {
  const before = process.env.TZ;
  try {
    for (const [zone, name] of [
      ['UTC', 'UTC'],
      ['Asia/Kolkata', 'UTC+5:30'],
      ['America/St_Johns', 'UTC-3:30'],
      ['Europe/Berlin', 'UTC+1'],
    ]) {
      process.env.TZ = zone;
      assert.equal(formatZone(Date.UTC(2026, 0, 1)), name);
    }
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});
