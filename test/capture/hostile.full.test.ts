import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeBatch } from '../../src/export/encode/encode-batch.ts';
import { cleanTag, cleanText } from '../../src/export/encode/escape.ts';
import { traceId } from '../../src/export/encode/trace-id.ts';
import { Batch } from '../../src/record/batch.ts';
import { UNMATCHED } from '../../src/record/series.ts';
import { influxdb } from '../support/real/influx.ts';

const POINTS = 10_000;
const PER_BATCH = 1000;

// Strings made to break line protocol, among ordinary ones.
const nasty = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  {
    weight: 4,
    arbitrary: fc.string({
      unit: fc.constantFrom('\\', ',', '=', ' ', '"', '\n', '\r', '\t', '\0', 'a', '#', '1', 'i'),
      maxLength: 20,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      maxLength: 20,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '\\',
      '\\\\',
      ' ',
      ',',
      '\n',
      '"',
      '\ud800',
      '\udc00\ud800',
      '#',
      '__proto__',
      '😀',
      '\u2028',
      '\ufeff',
    ),
  },
  { weight: 1, arbitrary: fc.nat(3).map((extra) => 'x'.repeat(65_530 + extra * 1000)) },
  { weight: 1, arbitrary: fc.constant('a\nraw-requests,route=evil application_time=1 1\nother,a=b c=1') },
);

interface Hostile {
  route: string;
  method: string;
  tag: string;
  path: string;
  trace: string;
  status: number;
}

const hostile: fc.Arbitrary<Hostile> = fc.record({
  route: nasty,
  method: fc.oneof(fc.constantFrom('GET', 'POST', 'get', ''), nasty),
  tag: nasty,
  path: nasty,
  trace: nasty,
  status: fc.oneof(fc.constantFrom(200, 404, 0), fc.double(), fc.integer()),
});

describe('hostile values in every tag and field', () => {
  test(`are ${POINTS} points in a real InfluxDB, each with the values it was given, and nothing else`, async (t) => {
    const influx = await influxdb(t);
    const samples = fc.sample(hostile, { numRuns: POINTS, seed: 20261122 });
    // Routes and methods are tags of a batch's series; the user's tag is one for a whole process, so it is one per batch.
    for (let from = 0; from < POINTS; from += PER_BATCH) {
      const part = samples.slice(from, from + PER_BATCH);
      const batch = new Batch(PER_BATCH);
      batch.begin({
        generation: 1,
        baseMs: 0,
        wall: 1_770_000_000_000_000_000n + BigInt(from) * 1000n,
        floor: 0,
        era: 0,
        sequence: from + 1,
      });
      for (const [row, sample] of part.entries()) {
        const { columns } = batch;
        // Past the table that bounds methods and routes: the encoder has to stand on its own.
        columns.series[row] = batch.series.push([sample.method, sample.route, sample.status, 'finished']) - 1;
        columns.end[row] = row * 1000;
        columns.duration[row] = 1;
        columns.firstByte[row] = Number.NaN;
        columns.queueTime[row] = Number.NaN;
        columns.slot[row] = 1;
        columns.connectionRequests[row] = 1;
        columns.trace[row] = batch.texts.push(sample.trace);
        columns.path[row] = batch.texts.push(sample.path);
        batch.rows++;
      }
      const body = encodeBatch(batch.content(), {
        hostname: 'h',
        process: 'h:1',
        worker: '0',
        thread: '0',
        mine: part[0]!.tag,
      });
      const answer = await fetch(`${influx.url}/write?db=requests&precision=ns`, { method: 'POST', body });
      assert.equal(answer.status, 204, await answer.text());
    }

    const names = (rows: Record<string, unknown>[], column: string) => rows.map((row) => row[column]).sort();
    assert.deepEqual(names(await influx.query('SHOW MEASUREMENTS', 'requests'), 'name'), ['raw-requests']);
    assert.deepEqual(names(await influx.query('SHOW TAG KEYS', 'requests'), 'tagKey'), [
      'hostname',
      'method',
      'mine',
      'outcome',
      'process',
      'route',
      'status',
      'thread',
      'worker',
    ]);
    assert.deepEqual(names(await influx.query('SHOW FIELD KEYS', 'requests'), 'fieldKey'), [
      'application_time',
      'bytes_in',
      'bytes_out',
      'connection_requests',
      'in_flight',
      'path',
      'sequence',
      'slot',
      'start_time',
      'trace_id',
    ]);

    const stored = await influx.query(
      'SELECT "sequence", "path", "route", "method", "mine", "trace_id" FROM "raw-requests"',
      'requests',
    );
    assert.equal(stored.length, POINTS);
    const bySequence = new Map(stored.map((row) => [row.sequence, row]));
    for (const [index, sample] of samples.entries()) {
      const row = bySequence.get(index + 1);
      assert.ok(row, `point ${index + 1}`);
      // A tag that is not there reads as null or as an empty string.
      assert.equal(row.route ?? '', cleanTag(sample.route));
      assert.equal(row.method ?? '', cleanTag(sample.method));
      assert.equal(row.mine ?? '', cleanTag(samples[index - (index % PER_BATCH)]!.tag));
      assert.equal(row.path, cleanText(sample.path));
      assert.equal(row.trace_id ?? undefined, traceId(sample.trace));
    }
  });
});

test('an unmatched route is named so that it cannot be taken for a path', () => {
  assert.ok(!UNMATCHED.startsWith('/'));
});
