// What points at the culprit, on the page in a real browser.
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startViewer, type Viewer } from 'raw-requests/viewer';
import { launchBrowser } from '../../support/real/browser.ts';
import { readStory } from '../../support/view/read-story.ts';
import { STORIES } from '../../support/view/stories.ts';
import { post } from '../../support/view/viewer.ts';
import { until } from '../../support/within.ts';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

async function view(t: TestContext): Promise<Viewer> {
  const viewer = await startViewer({ port: 0 });
  t.after(() => viewer.close());
  return viewer;
}

/** A page on a screen of 1440 x 900, without an error at the end. */
async function open(t: TestContext, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error.stack)));
  t.after(async () => {
    await page.close();
    assert.deepEqual(errors, []);
  });
  await page.goto(url);
  return page;
}

describe('requests that are still open', () => {
  test('are listed with their age, which grows, and are bars in the slots', async (t) => {
    const { url } = await view(t);
    const atMs = Date.now();
    const request = (path: string, slot: number, ageMs: number, answering = false) => ({
      ...{ method: 'GET', path, slot, startMs: atMs - ageMs, answering },
    });
    const requests = [
      request('/events', 1, 90_000, true),
      request('/stuck', 2, 20_000),
      request('/late', 3, 900),
    ];
    const list = { tags: { process: 'web:7', thread: '0' }, atMs, total: requests.length, requests };
    await post(`${url}/open-requests`, JSON.stringify(list));
    const page = await open(t, url);
    const rows = page.locator('#running tr');
    await rows.nth(2).waitFor();
    assert.deepEqual(await page.locator('#running .open-name').allTextContents(), [
      '/stuck',
      '/late',
      '/events',
    ]);
    assert.equal(await page.locator('#running-count').textContent(), '2 without an answer · 1 being sent');
    const age = async () => Number.parseFloat((await rows.first().locator('td').first().textContent())!);
    const first = await age();
    assert.ok(first >= 20, String(first));
    await until(async () => (await age()) > first, 'it grows');
    await page.locator('#lanes-drawn', { hasText: /^3 still open, hatched · 3 lanes/ }).waitFor();

    await post(`${url}/open-requests`, JSON.stringify({ ...list, total: 0, requests: [] }));
    await page.locator('#running-panel').waitFor({ state: 'hidden' });
  });
});

describe('a blocked event loop', () => {
  test('is a band where it was, and a click lists the requests across it', async (t) => {
    const { url } = await view(t);
    const now = Date.now();
    const lines: string[] = [];
    const request = (route: string, startMs: number, endMs: number) =>
      lines.push(
        `raw-requests,process=web:7,method=GET,route=${route},status=200,outcome=finished application_time=${(endMs - startMs) / 1000},slot=1i ${endMs}000000`,
      );
    const block = { from: now - 8300, to: now - 7800 };
    for (let ms = now - 12_000; ms < now - 2000; ms += 10) {
      if (ms < block.from || ms > block.to) request('/fast', ms - 5, ms);
    }
    request('/report', block.from, block.to + 1);
    for (const [agoMs, seconds] of [
      [9000, 0.001],
      [8000, 0.001],
      [7000, 0.495],
    ])
      lines.push(`request-metrics,process=web:7 event_loop_delay_max=${seconds} ${now - agoMs!}000000`);
    assert.equal((await post(`${url}/write?db=requests`, lines.join('\n'))).status, 204);
    const page = await open(t, url);
    await page.locator('.mark.blocked').waitFor();
    await page.click('#pause');
    assert.equal(await page.locator('.band.blocked').count(), 4);
    await page.click('.mark.blocked');
    const first = page.locator('#across tr').first();
    assert.match((await first.textContent())!, /GET\/report200.*across all of it/);
    assert.match((await page.locator('#across-title').textContent())!, /web:7 was blocked for 495 ms, from /);
    await first.getByRole('button').click();
    await page.locator('#detail').waitFor();
  });
});

describe('what is wrong, on a screen of 1440 x 900 at the first load', () => {
  for (const name of STORIES)
    test(`is named: ${name}`, async () => {
      assert.equal(await readStory(browser, name, Number(process.env.SEED ?? 7)), undefined);
    });
});
