// Takes a picture of each panel of the dashboards in a running Grafana that has them, to look at: by time range, width and theme.
// `GRAFANA_URL=http://localhost:3000 npm run pictures:grafana -- /tmp/panels`; GRAFANA_USER is `name:password`, if it asks for them.
// RANGES, WIDTHS and THEMES are lists: RANGES=5m,24h WIDTHS=640,1280 THEMES=dark,light. ONLY is a part of a uid or of a title.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { dashboards, type Panel } from '../../src/dashboards/index.ts';
import { launchBrowser } from '../support/real/browser.ts';

const [folder = 'panels'] = process.argv.slice(2);
const { GRAFANA_URL: grafana = 'http://localhost:3000', GRAFANA_USER, ONLY = '' } = process.env;
const list = (name: string, usual: string) => (process.env[name] ?? usual).split(',');
const [ranges, widths, themes] = [list('RANGES', '15m'), list('WIDTHS', '800'), list('THEMES', 'dark')];

/** Of a row of the grid, in pixels. */
const ROW = 38;
/** How long a panel may take, and for how long nothing is asked when it is complete. */
const [MOST_MS, QUIET_MS] = [120_000, 1500];

async function take(
  browser: Browser,
  uid: string,
  panel: Panel,
  range: string,
  width: number,
  theme: string,
) {
  const page = await browser.newPage({
    viewport: { width, height: Math.max(160, panel.gridPos.h * ROW) },
    extraHTTPHeaders: GRAFANA_USER ? { authorization: `Basic ${btoa(GRAFANA_USER)}` } : {},
  });
  try {
    const open = new Set<unknown>();
    let quietSince = Date.now();
    const begins = (request: { url(): string }) => {
      if (/\/api\/(datasources|ds)\//.test(request.url())) open.add(request);
    };
    const ends = (request: unknown) => {
      if (open.delete(request)) quietSince = Date.now();
    };
    page.on('request', begins);
    page.on('requestfinished', ends);
    page.on('requestfailed', ends);
    const from = Date.now();
    await page.goto(
      `${grafana}/d-solo/${uid}?orgId=1&panelId=${panel.id}&from=now-${range}&to=now-3s&theme=${theme}`,
      { waitUntil: 'networkidle', timeout: MOST_MS },
    );
    while (open.size > 0 || Date.now() - quietSince < QUIET_MS) {
      if (Date.now() - from > MOST_MS) throw new Error(`${panel.title} is not complete after ${MOST_MS} ms`);
      await page.waitForTimeout(100);
    }
    const title = panel.title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const name = `${uid}.${String(panel.id).padStart(2, '0')}-${title}.${range}.${width}.${theme}.png`;
    writeFileSync(join(folder, name), await page.screenshot());
    console.log(`${name}: ${quietSince - from} ms`);
  } finally {
    await page.close();
  }
}

mkdirSync(folder, { recursive: true });
const browser = await launchBrowser();
try {
  for (const [uid, { panels }] of Object.entries(dashboards))
    for (const panel of panels.flatMap((one) => (one.type === 'row' ? (one.panels ?? []) : [one])))
      if (`${uid} ${panel.title}`.includes(ONLY))
        for (const range of ranges)
          for (const width of widths)
            for (const theme of themes) await take(browser, uid, panel, range, Number(width), theme);
} finally {
  await browser.close();
}
