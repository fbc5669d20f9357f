// Takes docs/images/compare-*.webp: the pages of real comparisons. `npm run pictures:compare` runs it, in five minutes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/real/browser.ts';
import { run } from '../support/run.ts';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** Comparisons with a picture: their name, what B has in its environment, and the theme. */
const COMPARISONS = [
  { name: 'compare-not-alike', b: 'shop, cluster of 2', env: { WORKERS: '2' }, colorScheme: 'light' },
  { name: 'compare-blocked', b: 'shop, event loop blocked', env: { BLOCK_MS: '250' }, colorScheme: 'dark' },
] as const;

/** Runs each comparison for real, and takes a picture of its page. */
async function drawAll(browser: Browser): Promise<void> {
  for (const { name, b, env, colorScheme } of COMPARISONS) {
    const place = mkdtempSync(join(tmpdir(), 'raw-requests-pictures-'));
    try {
      const [plan, file] = [join(place, 'plan.json'), join(place, 'page.html')];
      const own = {
        command: 'node compared-shop.js',
        cwd: here,
        env: { RAW_REQUESTS_FLUSH_INTERVAL_MS: '100' },
      };
      const mix = [
        { weight: 3, path: '/items' },
        { weight: 1, path: '/report' },
      ];
      const load = { rate: 60, duration: 3, connections: 16, mix };
      const sides = {
        a: { ...own, name: 'shop' },
        b: { ...own, name: b, env: { ...own.env, ...env } },
      };
      const limits = { others: 1, late: 1, generator: 1 };
      writeFileSync(plan, JSON.stringify({ ...sides, load, warmUp: 0.5, rounds: 9, seed: 1, limits }));
      const { stderr } = await run([main, 'compare', plan, '--html', file], {});
      if (!stderr.includes('shows the requests')) throw new Error(stderr);
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
      await page.goto(pathToFileURL(file).href);
      await page.waitForSelector('#rounds[data-rows]');
      await save(page, new URL(`../../../docs/images/${name}.webp`, import.meta.url));
      await page.close();
    } finally {
      rmSync(place, { recursive: true });
    }
  }
}

async function save(page: Page, file: URL): Promise<void> {
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  await page.setViewportSize({ width: 1280, height });
  // Plots are drawn again, as they have another size.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 70 });
  writeFileSync(file, Buffer.from(data, 'base64'));
}

const browser = await launchBrowser();
try {
  await drawAll(browser);
} finally {
  await browser.close();
}
