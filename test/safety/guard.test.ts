import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { attempt, caught, type Fault, faults, guarded, onFault, unawaited } from '../../src/safety/guard.ts';

describe('what is thrown behind the guard', () => {
  let stop = () => {};
  afterEach(() => stop());
  const listening = () => {
    const told: Fault[] = [];
    stop = onFault((fault) => told.push(fault));
    return told;
  };
  const fail = () => {
    throw new Error('on purpose');
  };

  test('is counted and told, with its stack, and goes no further', () => {
    const told = listening();
    const count = faults().get('a timer') ?? 0;
    const timer = guarded('a timer', fail);
    timer();
    timer();
    attempt('another timer', fail);
    assert.equal(faults().get('a timer'), count + 2);
    assert.deepEqual(
      told.map(({ kind, error, isFirst }) => [kind, error.message, isFirst]),
      [
        ['a timer', 'on purpose', true],
        ['a timer', 'on purpose', false],
        ['another timer', 'on purpose', true],
      ],
    );
    assert.match(told[0]!.error.stack!, /at fail .*guard\.test/);
  });

  test('is told to who asked last, and to none that has stopped', () => {
    const [first, second]: [Fault[], Fault[]] = [[], []];
    const stopFirst = onFault((fault) => first.push(fault));
    const stopSecond = onFault((fault) => second.push(fault));
    attempt('a', fail);
    stopSecond();
    stopSecond();
    attempt('a', fail);
    stopFirst();
    attempt('a', fail);
    assert.deepEqual([first.length, second.length], [1, 1]);
    assert.ok(first[0]!.isFirst, 'of its own, not of the one before');
  });

  test('may be a rejection, also that of an asynchronous function', async () => {
    const told = listening();
    unawaited('a promise', Promise.reject(new Error('rejected')));
    guarded('a function', async () => fail())();
    await new Promise(setImmediate);
    assert.deepEqual(told.map(({ kind }) => kind).sort(), ['a function', 'a promise']);
  });

  test('may be anything, also what cannot be looked at', () => {
    const told = listening();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const cyclic: Record<string, unknown> = { toString: 1 };
    cyclic.self = cyclic;
    const hostile = Object.defineProperties(new Error('seen'), {
      stack: { get: fail },
      message: { get: fail },
      name: { value: 3 },
      secret: { value: 'not for the log', enumerable: true },
    });
    const thrown = [proxy, cyclic, hostile, null, undefined, Symbol('s'), 'text', 1n, fail];
    for (const each of thrown) caught('hostile', each);
    assert.equal(told.length, thrown.length);
    for (const { error } of told) {
      assert.equal(typeof error.message, 'string');
      assert.equal(typeof error.stack, 'string');
      assert.deepEqual(Object.keys(error), []);
    }
    assert.equal(told[6]!.error.message, '"text" was thrown');
  });

  test('does no harm where who is told throws as well, or where there is no stack left', () => {
    stop = onFault(fail);
    attempt('a log that throws', fail);
    let depth = 0;
    const deeper = (): void => {
      depth++;
      attempt('the end of the stack', deeper);
    };
    deeper();
    assert.ok(depth > 100);
  });
});
