import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RequestMetrics } from '../../src/metrics/request-metrics.ts';
import { Batch } from '../../src/record/batch.ts';
import type { Sample } from '../../src/record/sample.ts';

const STOP_MS = 1_795_000_000_000;

/** A batch of requests that ended so many ms before {@link STOP_MS}. */
function batchOf(rows: { agoMs: number; ms: number; slot: number; queued?: number }[]) {
  const batch = new Batch(rows.length);
  const wall = BigInt(STOP_MS - 10_000) * 1_000_000n;
  batch.begin({ generation: 1, baseMs: 0, wall, floor: 0, era: 0, sequence: 1 });
  const { columns } = batch;
  for (const { agoMs, ms, slot, queued } of rows) {
    columns.end[batch.rows] = (10_000 - agoMs) * 1e6;
    columns.duration[batch.rows] = ms;
    columns.queueTime[batch.rows] = queued ?? Number.NaN;
    columns.slot[batch.rows] = slot;
    batch.rows++;
  }
  return batch.content();
}

const sample = (given: Partial<Sample> = {}): Sample => ({
  startMs: STOP_MS - 2000,
  stopMs: STOP_MS,
  seconds: 2,
  inFlight: { slots: new Uint32Array(), busy: 0, highestSlot: 4 },
  cpuUser: 0.5,
  cpuSystem: 0.25,
  rss: 100,
  maxRss: 200,
  eventLoopUtilization: 0.75,
  eventLoopDelay: { p50: 0.001, p99: 0.002, max: 0.003 },
  ...given,
});

describe('request-metrics of a period', () => {
  test('are rates, means and counts of the requests that ended in it', () => {
    const metrics = new RequestMetrics(undefined);
    metrics.add(
      batchOf([
        { agoMs: 1500, ms: 5, slot: 1 },
        { agoMs: 1000, ms: 6, slot: 1, queued: 0.02 },
        { agoMs: 500, ms: 100_000, slot: 2 },
        { agoMs: 100, ms: 40, slot: 1 },
      ]),
    );
    const [summary, ...others] = metrics.points(sample());
    assert.deepEqual(summary?.integers, {
      memory_max_rss: 200,
      memory_rss: 100,
      request_threads_active: 2,
      request_threads_maximum: 4,
      request_threads_started: 4,
    });
    const { floats } = summary!;
    assert.equal(floats?.request_throughput, 2);
    assert.ok(Math.abs(floats!.application_time! - 100.051 / 4) < 1e-9);
    assert.equal(floats?.queue_time, 0.005);
    assert.equal(floats?.capacity_utilization, 0.75);
    const buckets = others.filter(({ tags }) => tags?.time_bucket !== undefined);
    assert.deepEqual(
      buckets.map(({ tags, integers }) => [
        tags!.time_bucket,
        integers!.application_time_bucket,
        integers!.queue_time_bucket,
      ]),
      [
        ['0.0', 1, 3],
        ['0.005', 1, 0],
        ['0.01', 0, 1],
        ['0.02', 1, 0],
        ['40.96', 1, 0],
      ],
    );
    const ranks = others.filter(({ tags }) => tags?.thread_id !== undefined);
    assert.deepEqual(
      ranks.map(({ tags, integers }) => [tags!.thread_id, integers!.request_threads_bucket]),
      [
        ['1', 3],
        ['2', 1],
      ],
    );
  });

  test('count what was in flight within it, and only that, against the concurrency', () => {
    const metrics = new RequestMetrics(10);
    metrics.points(sample({ stopMs: STOP_MS - 2000 })); // the period before
    // Ended half a second into the period, after an hour; and a second that lies in it as a whole.
    metrics.add(
      batchOf([
        { agoMs: 1500, ms: 3_600_000, slot: 1 },
        { agoMs: 100, ms: 1000, slot: 2 },
      ]),
    );
    const inFlight = { slots: Uint32Array.of(1, 3), busy: 2.5, highestSlot: 3 };
    const [summary] = metrics.points(sample({ inFlight }));
    assert.ok(Math.abs(summary!.floats!.requests_in_flight! - (0.5 + 1 + 2.5) / 2) < 1e-3);
    assert.ok(Math.abs(summary!.floats!.capacity_utilization! - 0.2) < 1e-4);
    assert.equal(summary!.integers!.request_threads_active, 3);
    assert.equal(summary!.integers!.request_threads_maximum, 10);
  });

  test('of an idle period are zero, and none of the one before', () => {
    const metrics = new RequestMetrics(undefined);
    metrics.add(batchOf([{ agoMs: 1, ms: 5, slot: 1 }]));
    metrics.points(sample());
    const points = metrics.points(sample());
    assert.equal(points.length, 1);
    assert.equal(points[0]!.floats!.request_throughput, 0);
    assert.equal(points[0]!.floats!.application_time, 0);
  });
});
