import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERAS, SPACING_NS } from '../../src/record/batch.ts';
import { WallClock } from '../../src/record/wall-clock.ts';
import { now } from '../../src/safety/time.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

/** A clock over times that the test sets, both in ms. */
function clockAt(wallMs: number) {
  const times = { monotonic: 1000.5, wall: wallMs };
  const clock = new WallClock(
    () => times.monotonic,
    () => Math.floor(times.wall),
  );
  const pass = (ms: number) => {
    times.monotonic += ms;
    times.wall += ms;
  };
  const read = () => clock.base(times.monotonic);
  return { clock, times, pass, read };
}

const ms = (ns: bigint) => Number(ns / 1000n) / 1000;

describe('the wall clock', () => {
  test('counts ns between the milliseconds that Date.now shows', () => {
    const { pass, read } = clockAt(NOON);
    const { wall } = read();
    pass(0.25);
    assert.ok(Math.abs(Number(read().wall - wall) - 250_000) < 1000);
  });

  test('stays within the millisecond that Date.now shows, and is not stepped by it', () => {
    const { clock, times, pass, read } = clockAt(NOON + 0.9);
    for (let i = 0; i < 1000; i++) {
      pass(33.3);
      const before = read().wall;
      assert.equal(clock.sync(), false);
      assert.ok(Math.abs(ms(read().wall) - times.wall) <= 1.001);
      assert.ok(Math.abs(Number(read().wall - before)) <= 1_000_000);
    }
  });

  test('follows a step forward at the next look', () => {
    const { clock, times, read } = clockAt(NOON);
    times.wall += 7_200_000;
    assert.equal(clock.sync(), true);
    assert.ok(Math.abs(ms(read().wall) - times.wall) <= 1);
  });

  test('follows a step back at the next look, in timestamps of another era', () => {
    const { clock, times, read } = clockAt(NOON);
    clock.reserve(read().wall);
    const { era } = clock;
    times.wall -= 3_600_000;
    assert.equal(clock.sync(), true);
    const { wall, floor } = read();
    assert.ok(Math.abs(ms(wall) - times.wall) <= 1);
    assert.equal(floor, 0);
    assert.equal(clock.era, (era + 1) % ERAS);
  });

  test('waits out a step back of less than a second, so that timestamps still increase', () => {
    const { clock, times, read } = clockAt(NOON);
    const latest = read().wall;
    clock.reserve(latest);
    times.wall -= 400;
    clock.sync();
    const { wall, floor } = read();
    assert.ok(wall < latest);
    assert.ok(wall + BigInt(floor) > latest);
    assert.equal(clock.era, 0);
  });

  test('drifts with a clock that is slewed', () => {
    const { clock, times, read } = clockAt(NOON);
    for (let second = 0; second < 3600; second++) {
      times.monotonic += 1000;
      times.wall += 1000.5; // 500 ppm, the fastest that NTP slews
      assert.equal(clock.sync(), false);
    }
    assert.ok(Math.abs(ms(read().wall) - times.wall) <= 1.001);
  });

  test('tells times apart that are closer than the spacing of timestamps', () => {
    assert.ok(SPACING_NS > ERAS);
    const first = now();
    let next = now();
    while (next === first) next = now();
    assert.ok((next - first) * 1e6 < 1e6);
  });
});
