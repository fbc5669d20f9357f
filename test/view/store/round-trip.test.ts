// What the view keeps is what its exports hold.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Request } from '../../../src/view/page/data/export-formats.ts';
import { Store } from '../../../src/view/store/store.ts';
import { BASE, lineOf, point } from '../../support/view/any-points.ts';
import { PageOf } from '../../support/view/stored-page.ts';

const plain = (requests: readonly Request[]) =>
  requests.map(({ tags, fields, timestamp, start: begin }) => ({
    tags: { ...tags },
    fields,
    timestamp,
    begin,
  }));

describe('an export', () => {
  test('of line protocol is read back by the view as the same requests', () => {
    let kept = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(point, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }), fc.boolean()), {
          minLength: 20,
          maxLength: 100,
        }),
        (points) => {
          const store = new Store(100_000);
          const body = points.map(([each, time, near]) => lineOf(each, near ? BASE + (time >> 30n) : time));
          const { accepted } = store.write(Buffer.from(body.join('')), 1n);
          const { received, notRequests, otherPoints } = store.counters();
          assert.equal(accepted, received + notRequests + otherPoints);
          if (received === 0) return;
          kept += received;
          const page = new PageOf(store);
          const again = new Store(100_000);
          const exported = page.export('line-protocol');
          const { refused, problems } = again.write(Buffer.from(exported), 1n);
          assert.equal(refused, 0, problems[0]);
          assert.deepEqual(plain(new PageOf(again).requests()), plain(page.requests()));

          const [head, ...csv] = page.export('csv').split('\n');
          assert.match(head!, /^end_ns,start_ns,/);
          assert.ok(csv.length > received);
          const { traceEvents } = JSON.parse(page.export('trace')) as { traceEvents: { dur?: number }[] };
          const events = traceEvents.filter(({ dur }) => dur !== undefined);
          assert.equal(events.length, received);
          assert.ok(events.every(({ dur }) => dur! >= 0 && dur! <= 316e12));
        },
      ),
      { numRuns: 60 },
    );
    assert.ok(kept > 200, `${kept}`);
  });
});
