import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PendingWrite } from '../../src/export/queue/pending-write.ts';
import { Queue } from '../../src/export/queue/queue.ts';

const write = (bytes: number): PendingWrite =>
  new PendingWrite({ count: 1, body: new Uint8Array(bytes) }, { settled: () => {} }, false);

test('whatever comes and goes, the queue is in order, within its bound, and knows what is in flight', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), bytes: fc.nat(3000) }),
    fc.record({ kind: fc.constantFrom('take', 'release', 'settle', 'start', 'remove any'), at: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const MAX_BYTES = 8192;
      const queue = new Queue(MAX_BYTES);
      let expected: PendingWrite[] = [];
      let inFlight: PendingWrite | undefined;
      for (const one of steps) {
        if (one.kind === 'push') {
          const added = write(one.bytes);
          const dropped = queue.push(added);
          assert.ok(!dropped.includes(inFlight!), 'what is in flight is not dropped');
          expected = [...expected, added].filter((pending) => !dropped.includes(pending));
        } else if (one.kind === 'take') inFlight = queue.take();
        else if (one.kind === 'release') {
          queue.release();
          inFlight = undefined;
        } else if (one.kind === 'start') {
          if (expected.length > 0) continue; // only when there is nothing else to send
          inFlight = write(10);
          queue.start(inFlight);
          expected = [inFlight];
        } else {
          const gone = one.kind === 'settle' ? inFlight : expected[one.at % Math.max(1, expected.length)];
          if (gone === undefined) continue;
          queue.remove(gone);
          expected = expected.filter((pending) => pending !== gone);
          if (gone === inFlight) inFlight = undefined;
        }
        if (one.kind === 'take') assert.equal(inFlight, expected[0]);
        assert.deepEqual(queue.waiting(true), expected);
        assert.equal(queue.inFlight, inFlight);
        assert.equal(
          queue.bytes,
          expected.reduce((sum, { bytes }) => sum + bytes, 0),
        );
        assert.ok(queue.bytes <= MAX_BYTES || expected.every((pending) => pending === inFlight));
      }
    }),
  );
});
