import type { Browser } from 'playwright-core';
import { startViewer } from 'raw-requests/viewer';
import { type StoryName, storyOf } from './stories.ts';

/** A story ends before this, as the writers send once a second, ms. */
const LATE_MS = 1000;

/**
 * Tells a story to a view, and reads what is on the screen of its page without scrolling. Returns what is wrong with
 * that; undefined if it names the culprit, and nobody else.
 *
 * @param maxMs the culprit has to be on the screen within this time of the end of the story
 */
export async function readStory(
  browser: Browser,
  name: StoryName,
  seed: number,
  maxMs: number = Number.POSITIVE_INFINITY,
): Promise<string | undefined> {
  const viewer = await startViewer({ port: 0 });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  try {
    const { lines, requests, culprit, innocent } = storyOf(name, seed, Date.now() - LATE_MS);
    const told = performance.now();
    const { status } = await fetch(`${viewer.url}/write?db=requests`, { method: 'POST', body: lines });
    if (status !== 204) return `the view answered ${status}`;
    await page.goto(viewer.url);
    await page.waitForSelector(`#page[data-rows="${requests}"]`);
    await page.waitForSelector(culprit === undefined ? '#diagnosis:not([hidden])' : '#findings li');
    const read = performance.now();
    const box = (await page.locator('#diagnosis').boundingBox())!;
    if (box.y < 0 || box.y + box.height > 900) return `it is not on the screen, but at ${box.y}`;
    const sentences = await page.locator('#findings li').allTextContents();
    const said = sentences.join(' ');
    if (culprit === undefined) return sentences.length === 0 ? undefined : `seed ${seed} says ${said}`;
    if (read - told > maxMs - LATE_MS) return `it was there after ${read - told} ms`;
    const words = said.split(/[ ,.;]/);
    const isRight =
      culprit.names.every((one) => sentences[0]!.includes(one)) &&
      !innocent.some((one) => words.includes(one.split(' ').at(-1)!));
    return isRight ? undefined : `seed ${seed} names not only ${culprit.names.join(' and ')}: ${said}`;
  } finally {
    await page.close();
    await viewer.close();
  }
}
