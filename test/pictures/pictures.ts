// Draws docs/images/grafana-*.webp: what the dashboards show of real traffic. Takes three minutes.
import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { findOnPath } from '../../src/cli/demo/place/influxd.ts';
import { type Answered, collect } from './collect.ts';
import { picture } from './page.ts';

const folder = new URL('../../../docs/images/', import.meta.url);

/** The first is long: its tables are a picture of their own. */
const CUT = 'Errors and aborts';

export async function drawAll(all: readonly Answered[]): Promise<void> {
  const browser = await chromium.launch({ executablePath: findOnPath('chromium')! });
  try {
    for (const answered of all) {
      const { uid, panels } = answered.dashboard;
      const cut = panels.find(({ type, title }) => type === 'row' && title === CUT)?.gridPos.y;
      const parts =
        cut === undefined ? [picture(answered)] : [picture(answered, 0, cut), picture(answered, cut)];
      for (const [i, { svg, width, height }] of parts.entries()) {
        const page = await browser.newPage({ viewport: { width, height } });
        await page.setContent(`<body style="margin:0">${svg}</body>`);
        const session = await page.context().newCDPSession(page);
        const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 70 });
        writeFileSync(
          new URL(`grafana-${uid}${i === 0 ? '' : `-${i + 1}`}.webp`, folder),
          Buffer.from(data, 'base64'),
        );
        await page.close();
      }
    }
  } finally {
    await browser.close();
  }
}

if (process.argv[1]?.endsWith('pictures.js')) await drawAll(await collect());
