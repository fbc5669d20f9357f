// Takes docs/images/grafana-*.webp: pictures of the dashboards in a running Grafana that has them, with the data that it has.
// `npm run pictures -- http://localhost:3000 "from=now-15m&to=now-3s"`; GRAFANA_USER is `name:password`, if it asks for them.
import { writeFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { dashboards } from '../../src/dashboards/index.ts';
import { launchBrowser } from '../support/real/browser.ts';

const [grafana = 'http://localhost:3000', range = 'from=now-15m&to=now-3s', folder = 'docs/images'] =
  process.argv.slice(2);
const { GRAFANA_USER, WIDTH = '1600', THEME = 'dark' } = process.env;
const width = Number(WIDTH);

/** Of a row of the grid, with its gap, and what is above the first, in pixels. */
const [ROW, HEAD] = [38, 70];
/** No picture is higher: a long dashboard is several, each of whole sections. */
const MAX_HEIGHT = 1300;

/** Where a dashboard is cut, in rows of the grid. */
function cuts(uid: string): number[] {
  const { panels } = dashboards[uid]!;
  const end = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const found = [0];
  const sections = panels.flatMap(({ type, gridPos: { y } }) => (type === 'row' ? [y] : []));
  for (const [i, y] of sections.entries()) {
    const next = sections[i + 1] ?? end;
    if (y > found.at(-1)! && (next - found.at(-1)!) * ROW > MAX_HEIGHT) found.push(y);
  }
  return [...found, end];
}

async function take(browser: Browser, uid: string): Promise<void> {
  const places = cuts(uid);
  const height = HEAD + places.at(-1)! * ROW;
  const page = await browser.newPage({
    viewport: { width, height },
    extraHTTPHeaders: GRAFANA_USER ? { authorization: `Basic ${btoa(GRAFANA_USER)}` } : {},
  });
  const isQuery = (url: string) => /\/api\/(datasources\/proxy|ds\/query)/.test(url);
  let [asked, open] = [0, 0];
  page.on('request', (request) => {
    if (isQuery(request.url())) [asked, open] = [asked + 1, open + 1];
  });
  const done = (request: { url(): string }) => {
    if (isQuery(request.url())) open--;
  };
  page.on('requestfinished', done);
  page.on('requestfailed', done);
  await page.goto(`${grafana}/d/${uid}?${range}&refresh=15m&kiosk=tv&theme=${THEME}`);
  for (let quiet = 0; quiet < 6; quiet = asked > 0 && open === 0 ? quiet + 1 : 0)
    await page.waitForTimeout(500);
  const session = await page.context().newCDPSession(page);
  for (const [i, from] of places.slice(0, -1).entries()) {
    const top = i === 0 ? 0 : HEAD + from * ROW - 12;
    const clip = { x: 0, y: top, width, height: HEAD + places[i + 1]! * ROW - top, scale: 1 };
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 70, clip });
    const file = `${folder}/${uid.replace('raw-requests', 'grafana')}${i === 0 ? '' : `-${i + 1}`}.webp`;
    writeFileSync(file, Buffer.from(data, 'base64'));
    console.log(file, `${asked} queries`);
  }
  await page.close();
}

const browser = await launchBrowser();
try {
  for (const uid of Object.keys(dashboards)) await take(browser, uid);
} finally {
  await browser.close();
}
