// A write over several shards of a real InfluxDB, some lines of which cannot be stored: it reports those of one shard.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Exporter } from '../../src/export/exporter.ts';
import { compress } from '../../src/export/lines/lines.ts';
import { isInOneHour } from '../../src/export/lines/time-span.ts';
import type { DeliveryResult } from '../../src/record/ledger.ts';
import { influxdb } from '../support/real/influx.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** `count` lines of a field of a type, `age` seconds old. */
type Group = readonly [count: number, age: number, type: 'float' | 'integer'];

/** What is there before, and the write; the field is a float in all shards that exist. */
const CASES: Readonly<
  Record<string, { readonly before: readonly Group[]; readonly written: readonly Group[]; stored: number }>
> = {
  'retention alone': {
    before: [],
    written: [
      [5, 10 * DAY, 'float'],
      [7, 0, 'float'],
    ],
    stored: 7,
  },
  'a conflict in one of two shards': {
    before: [
      [1, 0, 'float'],
      [1, 5 * DAY, 'float'],
    ],
    written: [
      [5, 0, 'integer'],
      [7, 5 * DAY, 'float'],
    ],
    stored: 7,
  },
  'a conflict in both shards': {
    before: [
      [1, 0, 'float'],
      [1, 5 * DAY, 'float'],
    ],
    written: [
      [5, 0, 'integer'],
      [7, 5 * DAY, 'integer'],
    ],
    stored: 0,
  },
  'retention beside a conflict': {
    before: [[1, 0, 'float']],
    written: [
      [5, 10 * DAY, 'float'],
      [4, 0, 'integer'],
      [3, 0, 'float'],
    ],
    stored: 3,
  },
  'retention beside conflicts in two shards, in any order of lines': {
    before: [
      [1, 0, 'float'],
      [1, 5 * DAY, 'float'],
    ],
    written: [
      [4, 0, 'integer'],
      [5, 10 * DAY, 'float'],
      [6, 5 * DAY, 'integer'],
      [3, 5 * DAY, 'float'],
      [2, 0, 'float'],
    ],
    stored: 5,
  },
};

describe('of a write over several shards, what is stored is what is acknowledged', () => {
  for (const [name, { before, written, stored }] of Object.entries(CASES)) {
    test(name, async (t) => {
      const influx = await influxdb(t);
      await influx.query('CREATE DATABASE short WITH DURATION 7d SHARD DURATION 1d');
      // In the middle of an hour, so that lines of one age lie in one.
      const nowS = Math.floor(Date.now() / 1000);
      let number = 0;
      const lines = (groups: readonly Group[]) =>
        groups.flatMap(([count, age, type]) =>
          Array.from({ length: count }, () => {
            const at = `${nowS - age}${String(++number).padStart(9, '0')}`;
            return `m,number=${number} value=1${type === 'integer' ? 'i' : ''} ${at}`;
          }),
        );
      const exporter = new Exporter({
        destination: {
          url: influx.url,
          writePath: '/write?db=short',
          authorization: undefined,
          isView: false,
        },
        timeoutMs: 10_000,
        maxQueueBytes: 1 << 20,
        keepsProcessAlive: true,
      });
      t.after(() => exporter.close());
      const write = (groups: readonly Group[]) => {
        const text = lines(groups);
        const result = new Promise<DeliveryResult>((settled) =>
          exporter.export(compress(Buffer.from(`${text.join('\n')}\n`), text.length), { settled }),
        );
        void exporter.drain(60_000); // which keeps this process alive
        return result;
      };
      const already = before.length === 0 ? 0 : (await write(before)).acknowledged;
      const { acknowledged, rejected, dropped, unknown } = await write(written);
      const [row] = await influx.query('SELECT count("value") FROM "m"', 'short');
      assert.equal(Number(row?.count ?? 0) - already, stored, 'stored');
      const all = written.reduce((sum, [count]) => sum + count, 0);
      assert.deepEqual(
        { acknowledged, rejected, dropped, unknown },
        { acknowledged: stored, rejected: all - stored, dropped: 0, unknown: 0 },
      );
    });
  }
});

test('lines lie in one hour by their timestamps, whatever their unit and their texts', () => {
  const now = 1_770_000_000_000_000_000n;
  const isIn = (text: string, unit = 1n) => isInOneHour(Buffer.from(text), unit, now);
  const [hour, ns] = [490_000n, 3_600_000_000_000n];
  const [first, last, next] = [hour * ns, (hour + 1n) * ns - 1n, (hour + 1n) * ns];
  assert.equal(isIn(`m v=1 ${first}\n# a comment 12\n\nm v="two\n 3" ${last}\n`), true);
  assert.equal(isIn(`m v=1 ${first}\nm v=1 ${next}`), false);
  assert.equal(isIn(`m v=1 1770000000\nm v=1 1770003600\n`, 1_000_000_000n), false);
  assert.equal(isIn(`m v=1 1770000000\nm v=1 1770000001\n`, 1_000_000_000n), true);
  assert.equal(isIn(`m v=1\nm v=1 ${now}\r\n`), true);
  assert.equal(isIn(`m v=1\nm v=1 ${now + ns}\n`), false);
});
