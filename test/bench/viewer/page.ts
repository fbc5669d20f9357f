// How smooth the page of the live view is: a million requests held, moved through, and 5000 a second coming in, in a
// headless Chromium without a GPU.
import type { Page } from 'playwright-core';
import { startViewer } from 'raw-requests/viewer';
import { launchBrowser } from '../../support/real/browser.ts';
import { number, table } from '../table.ts';

export interface Frames {
  readonly scene: string;
  /** Requests drawn at the end. */
  readonly drawn: number;
  /** Time from frame to frame, ms. */
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  readonly perSecond: number;
}

export interface PageFigures {
  readonly frames: readonly Frames[];
  /** From the first request for the page until it holds all requests, ms. */
  readonly loadMs: number;
  /** Columns and counts of the page, and its objects; MB. */
  readonly buffersMb: number;
  readonly objectsMb: number;
}

const HELD = 1_000_000;
const PER_SECOND = 5000;
const ROUTES = ['/', '/tenants/:tenant/items/:item', '/orders', '/search', '(unmatched)'];

/** Lines of `count` requests that end evenly from `fromMs` to `toMs`, some of them slow, failed or aborted. */
function lines(count: number, fromMs: number, toMs: number, first: number): string {
  let text = '';
  for (let n = 0; n < count; n++) {
    const id = first + n;
    const chance = (id * 2654435761) % 1000;
    const seconds = 10 ** ((((id * 40503) % 65536) / 65536) * 2.5 - 3.5) * (chance === 7 ? 30 : 1);
    const status = chance < 5 ? 500 : chance < 40 ? 404 : 200;
    const outcome = chance === 41 ? 'aborted' : 'finished';
    const ns =
      BigInt(Math.round((fromMs + ((toMs - fromMs) * n) / count) * 1000)) * 1000n + BigInt(id % 1000);
    text += `raw-requests,method=GET,outcome=${outcome},process=web:${id % 3},route=${ROUTES[id % 5]},status=${status} application_time=${seconds.toFixed(9)},first_byte_time=${(seconds * 0.8).toFixed(9)},bytes_in=0i,bytes_out=512i,sequence=${id + 1}i,slot=${1 + (chance % 16)}i ${ns}\n`;
  }
  return text;
}

/** Measures how long frames take while `act` goes on. */
async function measure(page: Page, scene: string, act: () => Promise<void>): Promise<Frames> {
  await page.evaluate(`
    globalThis.frames = [];
    let last = performance.now();
    globalThis.watch = (now) => {
      frames.push(now - last);
      last = now;
      if (globalThis.watch) requestAnimationFrame(globalThis.watch);
    };
    requestAnimationFrame(globalThis.watch);
  `);
  await act();
  const times = (await page.evaluate('globalThis.watch = undefined, globalThis.frames.slice(2)')) as number[];
  const drawn = Number(await page.locator('#requests-plot').getAttribute('data-drawn'));
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
  const sum = times.reduce((all, time) => all + time, 0);
  return { scene, drawn, median: at(0.5), p95: at(0.95), max: at(1), perSecond: (times.length * 1000) / sum };
}

/** One wheel event per frame: what a hand on a trackpad does. */
async function wheel(page: Page, events: number, delta: { x: number; y: number }): Promise<void> {
  await page.evaluate(`(async () => {
    const plot = document.getElementById('requests-plot');
    const { left, top, width, height } = plot.getBoundingClientRect();
    for (let n = 0; n < ${events}; n++) {
      const back = n % ${events / 2} >= ${events / 4} ? -1 : 1;
      plot.dispatchEvent(new WheelEvent('wheel', {
        deltaX: ${delta.x} * back, deltaY: ${delta.y} * back,
        clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true,
      }));
      await new Promise((next) => requestAnimationFrame(next));
    }
  })()`);
}

export async function benchViewerPage(): Promise<PageFigures> {
  const viewer = await startViewer({ port: 0, max: HELD + PER_SECOND * 60 });
  const browser = await launchBrowser();
  const write = async (body: string) => {
    const response = await fetch(`${viewer.url}/write?db=requests`, { method: 'POST', body });
    if (response.status !== 204) throw new Error(`the viewer answered ${response.status}`);
  };
  try {
    const end = Date.now();
    const start = end - 290_000;
    for (let n = 0; n < HELD; n += 20_000) {
      const at = (row: number) => start + ((end - start) * row) / HELD;
      await write(lines(20_000, at(n), at(n + 20_000), n));
    }
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const began = performance.now();
    await page.goto(viewer.url);
    await page.click('#window-all');
    await page.waitForSelector(`#in-view[data-count="${HELD}"]`, { timeout: 60_000 });
    const loadMs = performance.now() - began;

    const frames = [
      await measure(page, 'move through 1 000 000', () => wheel(page, 240, { x: 9, y: 0 })),
      await measure(page, 'zoom in 1 000 000', () => wheel(page, 160, { x: 0, y: -15 })),
    ];
    let sent = HELD;
    const live = async () => {
      const until = performance.now() + 10_000;
      let wall = Date.now();
      while (performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        const now = Date.now();
        const count = Math.round(((now - wall) * PER_SECOND) / 1000);
        await write(lines(count, wall, now, sent));
        sent += count;
        wall = now;
      }
    };
    await page.click('#window-30000');
    frames.push(await measure(page, '5000/s come in, 30 s in view', live));
    await page.click('#window-all');
    frames.push(await measure(page, '5000/s come in, all in view', live));

    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const usage = (await session.send('Runtime.getHeapUsage')) as {
      usedSize: number;
      backingStorageSize?: number;
    };
    return {
      frames,
      loadMs,
      buffersMb: (usage.backingStorageSize ?? Number.NaN) / 1e6,
      objectsMb: usage.usedSize / 1e6,
    };
  } finally {
    await browser.close();
    await viewer.close();
  }
}

/** Frame times and memory of the page; returns a table. */
export async function pageCosts(): Promise<string> {
  const { frames, loadMs, buffersMb, objectsMb } = await benchViewerPage();
  const rows = frames.map(({ scene, drawn, median, p95, max, perSecond }) => [
    scene,
    number(drawn, 0),
    ...[median, p95, max].map((ms) => `${ms.toFixed(1)} ms`),
    perSecond.toFixed(0),
  ]);
  return [
    table(
      ['the page, without a GPU', 'requests in view', 'frame, median', 'p95', 'longest', 'frames/s'],
      rows,
    ),
    `Loaded in ${(loadMs / 1000).toFixed(1)} s; ${buffersMb.toFixed(0)} MB of columns and counts, ${objectsMb.toFixed(0)} MB of objects.`,
  ].join('\n\n');
}
