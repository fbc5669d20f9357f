import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkNode } from '../../src/cli/doctor/checks/here.ts';

describe('raw-requests doctor', () => {
  test('knows which versions of Node are too old', () => {
    const level = (node: string) => checkNode({ ...process.versions, node }).level;
    for (const node of ['20.19.0', '20.20.2', '22.12.0', '24.0.0', '26.10.0'])
      assert.equal(level(node), 'fine');
    for (const node of ['18.20.8', '20.18.3', '21.7.3', '22.11.0']) assert.equal(level(node), 'broken');
  });
});
