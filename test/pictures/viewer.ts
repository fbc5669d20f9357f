// Takes docs/images/viewer-*.webp: the live view with the requests of a shop, of which one route is seldom slow.
// `npm run pictures:viewer`; -- FOLDER takes all widths and themes, to be looked at.
import { writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { startViewer, type Viewer } from 'raw-requests/viewer';
import { launchBrowser } from '../support/real/browser.ts';
import { shopLines } from './shop-lines.ts';

const [folder] = process.argv.slice(2);

async function write(viewer: Viewer, lines: readonly string[]): Promise<void> {
  for (let from = 0; from < lines.length; from += 20_000) {
    const body = lines.slice(from, from + 20_000).join('\n');
    const { ok } = await fetch(`${viewer.url}/write?db=requests`, { method: 'POST', body });
    if (!ok) throw new Error('the view refused the lines');
  }
}

async function open(browser: Browser, url: string, width: number, theme: 'light' | 'dark'): Promise<Page> {
  const height = width < 800 ? 800 : 1100;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
  page.on('pageerror', (error) => console.error(error));
  await page.goto(url);
  await page.waitForSelector('#link[data-state="live"]');
  return page;
}

async function take(page: Page, name: string, fullPage: boolean): Promise<void> {
  await page.waitForTimeout(1200);
  if (fullPage) await page.screenshot({ path: `${folder}/${name}.png`, fullPage });
  else {
    const session = await page.context().newCDPSession(page);
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 70 });
    writeFileSync(`${folder ?? 'docs/images'}/${name}.webp`, Buffer.from(data, 'base64'));
  }
  console.log(name);
}

const browser = await launchBrowser();
const viewer = await startViewer({ port: 0 });
const large = await startViewer({ port: 0 });
try {
  const plain = await open(browser, viewer.url, 1440, 'light');
  await write(viewer, shopLines(12_000, 29_000));
  await plain.waitForSelector('#requests-plot:not([data-slowest="0"])');
  await take(plain, 'viewer-light', false);
  await write(large, shopLines(200_000, 280_000));
  const dense = await open(browser, large.url, 1440, 'dark');
  await dense.click('#window-all');
  await dense.selectOption('#colour-by', 'route');
  await dense.waitForSelector('#legend [data-name="/reports/:id"]');
  await dense.waitForSelector('#requests-plot:not([data-slowest="0"])');
  await take(dense, 'viewer-dark', false);
  if (folder !== undefined) {
    for (const width of [1440, 1280, 360])
      for (const theme of ['light', 'dark'] as const) {
        const page = await open(browser, viewer.url, width, theme);
        await page.click('#window-all');
        await take(page, `all-${width}-${theme}`, true);
        await page.close();
      }
  }
} finally {
  await browser.close();
  await viewer.close();
  await large.close();
}
