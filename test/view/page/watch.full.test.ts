// What points at the culprit, on the page in a real browser.
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startViewer, type Viewer } from 'raw-requests/viewer';
import { launchBrowser } from '../../support/real/browser.ts';
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
