import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textOf } from '../../../src/view/page/diagnosis/finding.ts';
import { BASE } from '../../support/view/any-points.ts';
import { diagnosed } from '../../support/view/diagnosed.ts';
import { STORIES, storyOf } from '../../support/view/stories.ts';

const SEEDS = Number(process.env.SEEDS ?? 2);
const NOW = Number(BASE / 1_000_000n);

describe('the diagnosis', () => {
  for (const name of STORIES) {
    test(`of ${name} names the culprit, and nobody else`, () => {
      const wrong: string[] = [];
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { lines, culprit, innocent } = storyOf(name, seed, NOW);
        const sentences = diagnosed(lines).map(textOf);
        const said = sentences.join(' ');
        const isRight =
          culprit === undefined
            ? sentences.length === 0
            : culprit.names.every((one) => sentences[0]?.includes(one)) &&
              !innocent.some((one) => said.split(/[ ,.;]/).includes(one.split(' ').at(-1)!));
        if (!isRight) wrong.push(`seed ${seed}: ${culprit?.names} / ${said}`);
      }
      assert.deepEqual(wrong, []);
    });
  }

  test('says how many requests are ahead of the clock of the view, and by how much', () => {
    const line = (aheadMs: number) =>
      `raw-requests,process=a:1 application_time=0.01 ${BigInt(NOW + aheadMs)}000000`;
    const [first] = diagnosed([line(0), line(6000), line(90_000)].join('\n'), 0);
    assert.match(textOf(first!), /^2 requests are up to 2 min ahead of the clock of this view/);
    assert.deepEqual(diagnosed(line(0), 0), []);
  });
});
