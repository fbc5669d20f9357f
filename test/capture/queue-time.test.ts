import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueTime } from '../../src/capture/node/queue-time.ts';

const START = 1_770_000_000_500;

test('queue time is read in seconds, milliseconds, microseconds and nanoseconds', () => {
  const f = (header: string) => Math.round(queueTime(header, START) * 1e6) / 1e6;
  assert.equal(f('t=1770000000.250'), 0.25); // nginx
  assert.equal(f('1770000000250'), 0.25); // Heroku
  assert.equal(f('t=1770000000250000'), 0.25); // Apache
  assert.equal(f('t=1770000000250000000'), 0.25);
  assert.equal(f(' t=1770000000.5 '), 0);
});

test('queue time is not known when the header is absurd', () => {
  const f = (header: unknown) => assert.ok(Number.isNaN(queueTime(header, START)), String(header));
  for (const junk of [
    '',
    't=',
    'now',
    '-1',
    '0',
    't=12',
    '1e12',
    '0x19c1c1c1c1c',
    'NaN',
    '1770000000250,1770000000250',
  ])
    f(junk);
  f('t='.padEnd(5000, '1'));
  f(['t=1770000000.250', 't=1770000000.250']);
  f(undefined);
  f('t=1770000001'); // half a second ahead
  f('t=1769999000'); // a thousand seconds ago
});

test('a proxy whose clock is ahead by next to nothing gives 0', () => {
  assert.equal(queueTime('1770000000503', START), 0);
});
