import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueTime, WRONG } from '../../src/capture/node/queue-time.ts';

const START = 1_770_000_000_500;

const waited = (requestStart: unknown, queueStart?: unknown): number => {
  const headers = { 'x-request-start': requestStart, 'x-queue-start': queueStart };
  const seconds = queueTime(headers as Record<string, string>, START);
  return Math.round(seconds * 1e6) / 1e6;
};

test('queue time is read in seconds, milliseconds, microseconds and nanoseconds', () => {
  assert.equal(waited('t=1770000000.250'), 0.25); // nginx
  assert.equal(waited('1770000000250'), 0.25); // Heroku
  assert.equal(waited('t=1770000000250000'), 0.25); // Apache
  assert.equal(waited('t=1770000000250000000'), 0.25);
  assert.equal(waited(' t=1770000000.5 '), 0);
});

test('queue time is not known when no proxy said anything', () => {
  assert.ok(Number.isNaN(queueTime({}, START)));
});

test('queue time is wrong when the header holds no plausible time', () => {
  for (const junk of ['', 't=', 'now', '-1', '0', 't=12', '1e12', '0x19c1c1c1c1c', 'NaN', ',', ',,'])
    assert.equal(waited(junk), WRONG, junk);
  assert.equal(waited('t='.padEnd(5000, '1')), WRONG);
  assert.equal(waited(['t=1770000000.250', 't=1770000000.250']), WRONG);
  assert.equal(waited('t=1770000001'), WRONG, 'half a second ahead');
  assert.equal(waited('t=1769996399'), WRONG, 'more than an hour ago');
});

test('a request may have waited for up to an hour', () => {
  assert.equal(waited('t=1769998800.5'), 1200);
  assert.equal(waited('t=1769996400.5'), 3600);
});

test('a proxy whose clock is ahead by next to nothing gives 0', () => {
  assert.equal(waited('1770000000503'), 0);
});

test('of several proxies, the first one that the request passed counts', () => {
  assert.equal(waited('t=1770000000.100,t=1770000000.400'), 0.4);
  assert.equal(waited('t=1770000000.400, t=1770000000.100'), 0.4);
  assert.equal(waited('1770000000250,1770000000250'), 0.25, 'the same header twice');
  assert.equal(
    waited('t=1770000000.100, t=1769000000, nonsense, t=1770000001'),
    0.4,
    'those that can be true',
  );
});

test('X-Request-Start counts before X-Queue-Start, where it holds a time', () => {
  assert.equal(waited('t=1770000000.100', 't=1770000000.400'), 0.4);
  for (const junk of ['', 'nonsense', 't=1770000001', undefined])
    assert.equal(waited(junk, 't=1770000000.400'), 0.1, String(junk));
  assert.equal(waited('nonsense', 'nonsense'), WRONG);
});
