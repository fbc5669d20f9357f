// What the address of the page contains, without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, isStep, type Place, placeOf } from '../../../src/view/page/address/address.ts';

const usual = placeOf('');
const place: Place = {
  ...{ window: 'all', colour: 'route', scale: 'linear', table: 'processes' },
  span: { from: 1_795_000_000_000.125, to: 1_795_000_000_500.5 },
  range: { low: 0.001, high: 2.5 },
  filter: {
    ...{ values: { route: '/a&b=c#d ü', status: '5xx' }, text: '-/health' },
    not: { process: ['web 1:7', 'web 2:8'] },
  },
  request: 1_795_000_000_123_456_789n,
};

test('an address gives back what it was made of, and is empty for a view as usual', () => {
  assert.equal(addressOf(usual), '');
  assert.deepEqual(placeOf(`#${addressOf(place)}`), place);
});

test('an address that was cut or typed gives what is valid of it', () => {
  assert.deepEqual(
    placeOf(
      '#window=7&from=9&to=5&low=x&high=1&request=12x&colour=pink&scale=log&table=&token=secret&route=/a',
    ),
    { ...usual, filter: { values: { route: '/a' }, text: '' } },
  );
});

test('Back undoes a filter, a zoom, a window and a selection, but not each letter and each turn of the wheel', () => {
  const span = { from: 0, to: 1000 };
  const paused = { ...usual, span };
  const step = (from: Place, to: Partial<Place>) => isStep(from, { ...from, ...to });
  assert.equal(step(usual, { filter: { values: { route: '/a' }, text: '' } }), true);
  assert.equal(step(usual, { span }), true);
  assert.equal(step(paused, { span: { from: 0, to: 100 } }), true);
  assert.equal(step(usual, { window: 'all' }), true);
  assert.equal(step(usual, { request: 1n }), true);
  assert.equal(step(paused, { span: { from: 100, to: 1000 } }), false);
  assert.equal(step({ ...usual, request: 1n }, { request: 2n }), false);
  const typed = { ...usual, filter: { values: {}, text: 'a' } };
  assert.equal(step(typed, { filter: { values: {}, text: 'ab' } }), false);
});
