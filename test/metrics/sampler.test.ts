import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sampler } from '../../src/metrics/sampler.ts';
import { cancel, every } from '../../src/safety/time.ts';
import { until } from '../support/within.ts';

const IN_FLIGHT = { slots: new Uint32Array(), busy: 0, highestSlot: 0 };

test('a block of the event loop is measured at the beginning of a period, and if the period ends within it', async () => {
  const sampler = new Sampler();
  const delays: number[] = [];
  const timer = every('a test', 100, () => {
    delays.push(sampler.take(performance.now(), IN_FLIGHT).eventLoopDelay!.max);
  });
  const application = setInterval(() => {}, 1);
  try {
    for (let block = 1; block <= 3; block++) {
      const periods = delays.length;
      await until(() => delays.length > periods, 'a period has begun');
      const end = performance.now() + 150;
      while (performance.now() < end);
      await until(() => delays.length > periods + 1, 'the period of the block has ended');
      const measured = delays.filter((seconds) => seconds >= 0.1).length;
      assert.ok(measured >= block, `${measured} of ${block} in ${delays}`);
    }
  } finally {
    clearInterval(application);
    cancel(timer);
    sampler.stop();
  }
});
