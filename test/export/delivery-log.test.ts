import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryLog } from '../../src/export/delivery-log.ts';

test('the log has a line when the state changes, at most one a minute, and the last word at the end', () => {
  let now = 0;
  let timer: { at: number; run: () => unknown } | undefined;
  const clock = {
    now: () => now,
    after: (_kind: string, ms: number, run: () => unknown) => {
      timer = { at: now + ms, run };
      return timer as never;
    },
    cancel: () => {
      timer = undefined;
    },
  };
  const pass = (ms: number) => {
    now += ms;
    if (timer !== undefined && timer.at <= now) timer.run();
  };
  const lines: string[] = [];
  const log = (_fields: object, message: string) => void lines.push(message);
  const stats = {
    recorded: 0,
    acknowledged: 0,
    queued: 12,
    spooled: 0,
    dropped: 0,
    unknown: 0,
    rejected: 0,
    hookErrors: 0,
    internalErrors: 0,
    queueTimeErrors: 0,
    recovered: 0,
  };
  const report = new DeliveryLog({
    log: { debug: log, info: log, warn: log, error: log },
    label: 'InfluxDB',
    stats: () => stats,
    clock,
  });
  const said = () => lines.splice(0).map((line) => line.replace(/since \S+:/, 'since T:'));

  report.state(false, 'it is down');
  assert.deepEqual(said(), [
    'InfluxDB does not take requests since T: it is down; 12 requests waiting, nothing lost',
  ]);

  // It comes and goes: nothing has changed when the minute is over.
  for (let i = 0; i < 100; i++) {
    report.state(true, '');
    pass(500);
    report.state(false, 'it is down again');
    pass(99);
  }
  assert.deepEqual(said(), []);
  pass(60_000);
  assert.deepEqual(said(), []);

  for (let i = 0; i < 10; i++) report.lost(5, 'the queue is full');
  assert.deepEqual(said(), ['5 requests were not stored: the queue is full']);
  stats.acknowledged = 70;
  stats.queued = 3;
  report.state(true, '');
  pass(59_999);
  assert.deepEqual(said(), []);
  pass(1);
  assert.deepEqual(said(), [
    'InfluxDB takes requests again: 70 delivered, 3 waiting; 45 requests were not stored: the queue is full',
  ]);

  // Nothing waits, then something does.
  pass(60_000);
  stats.queued = 0;
  report.state(false, 'it is down once more');
  report.tick();
  assert.deepEqual(said(), []);
  stats.queued = 1;
  report.tick();
  assert.deepEqual(said(), [
    'InfluxDB does not take requests since T: it is down once more; 1 request waiting, nothing lost',
  ]);
  stats.queued = 3;

  report.lost(2, 'it refuses them');
  report.end();
  assert.deepEqual(said(), [
    '2 requests were not stored: it refuses them',
    '3 requests could not be delivered before the end',
  ]);
});
