// Five stories of an application, each planted at random by twenty seeds, as a person sees them on the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/real/browser.ts';
import { readStory } from '../../support/view/read-story.ts';
import { STORIES } from '../../support/view/stories.ts';

const SEEDS = Number(process.env.SEEDS ?? 20);

/** On a machine that does nothing else. */
const MAX_MS = 10_000;

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

for (const name of STORIES) {
  test(`the page names who it is: ${name}, at least 19 times of 20`, async () => {
    const wrong: string[] = [];
    for (let seed = 101; seed <= 100 + SEEDS; seed++) {
      const fault = await readStory(browser, name, seed, MAX_MS);
      if (fault !== undefined) wrong.push(fault);
    }
    assert.ok(wrong.length <= (name === 'nothing wrong' ? 0 : SEEDS / 20), wrong.join('\n'));
  });
}
