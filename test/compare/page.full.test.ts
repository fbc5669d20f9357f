// What `raw-requests compare` makes of a run besides its report: the page, in a real browser, and points in a real InfluxDB.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { keepRun } from '../support/compare/kept-run.ts';
import { launchBrowser } from '../support/real/browser.ts';
import { influxdb } from '../support/real/influx.ts';
import { run } from '../support/run.ts';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const HOSTILE = `</script><img src=x onerror="globalThis.hacked=1"><!--&'`;
const PAIRS = 7;
const REQUESTS = 300;

let folder: string;
let kept: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'raw-requests-page-'));
  kept = join(folder, 'kept');
  keepRun(kept, { pairs: PAIRS, requests: REQUESTS, name: HOSTILE, route: `/${HOSTILE}`, voidPair: 2 });
});
after(() => rmSync(folder, { recursive: true }));

describe('the page of a comparison', { timeout: 120_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  test('shows the verdict, every pair and each request of both sides, and asks nobody for anything', async () => {
    const file = join(folder, 'page.html');
    const { status, stderr } = await run([main, 'compare', '--from', kept, '--html', file], {});
    assert.equal(status, 0, stderr);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'dark' });
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(String(error.stack)));
    page.on('console', (message) => wrong.push(message.text()));
    page.on('request', (request) => {
      if (!/^(?:file|data):/.test(request.url())) wrong.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    const rows = `[data-rows="${REQUESTS} ${REQUESTS}"]`;
    await page.waitForSelector(`#rounds[data-pair="1"]${rows}`);

    assert.equal(await page.getAttribute('#verdict', 'data-verdict'), 'difference');
    assert.match((await page.textContent('#verdict p'))!, /is worse: .* is 1\.\d\d times/);
    assert.equal(await page.locator('#ratios circle').count(), 2 * (PAIRS - 1));
    assert.match((await page.textContent('#voids tbody'))!, /^2a?.*other programs used 40 %/);
    assert.equal(await page.locator('#distribution path').count(), 4);
    assert.equal(await page.locator('#percentiles path').count(), 2);
    for (const plot of await page.locator('.dots').all())
      assert.equal(await plot.getAttribute('data-drawn'), String(REQUESTS));

    // Another pair, as the client saw it; zooming one side zooms both.
    await page.click('#ratios circle.dot-b >> nth=2');
    await page.waitForSelector(`#rounds[data-pair="4"]${rows}`);
    await page.selectOption('.choices-row select >> nth=2', 'client');
    await page.waitForSelector('.lanes .plot[data-lanes="0"]');
    await page.hover('.round-a .dots', { position: { x: 200, y: 60 } });
    await page.mouse.wheel(0, -400);
    await page.waitForSelector(`.round-b .dots:not([data-drawn="${REQUESTS}"])`);
    await page.setViewportSize({ width: 400, height: 800 });
    await page.waitForFunction("document.querySelector('#ratios svg').clientWidth < 400");
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 400);

    // What is in it came from outside, and stays text.
    assert.ok((await page.textContent('#verdict dl'))!.includes(HOSTILE));
    assert.equal(await page.evaluate('globalThis.hacked'), undefined);
    assert.equal(await page.locator('img').count(), 0);
    assert.deepEqual(wrong, []);
    await page.close();
  });
});

test('--influx writes the points of all rounds, with run, side and round', { timeout: 60_000 }, async (t) => {
  const influxd = await influxdb(t);
  const env = { INFLUX_URL: influxd.url, INFLUX_DATABASE: 'requests' };
  const { status, stderr } = await run([main, 'compare', '--from', kept, '--influx', '--json'], env);
  assert.equal(status, 0, stderr);
  assert.match(
    stderr,
    new RegExp(`${(3 * PAIRS * REQUESTS).toLocaleString('en-US')} lines of 21 rounds are stored in `),
  );
  const count = async (where: string) => {
    const query = `SELECT count(application_time) FROM "raw-requests" WHERE run = 'r1' AND ${where}`;
    return JSON.stringify(await influxd.query(query, 'requests'));
  };
  assert.match(await count("side = 'b' AND round = '3'"), new RegExp(`\\b${REQUESTS}\\b`));
  const nowhere = await run([main, 'compare', '--from', kept, '--influx'], {
    INFLUX_URL: '',
    INFLUX_DATABASE: '',
  });
  assert.equal(nowhere.status, 1);
  assert.match(nowhere.stderr, /^Expected INFLUX_URL to be set, .* where --influx writes/);
  assert.ok(readFileSync(join(kept, 'comparison.json')).length > 0);
});
