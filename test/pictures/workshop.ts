// Draws docs/images/workshop-*.webp from real traffic on the programs of examples/workshop.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import autocannon from 'autocannon';
import type { Browser } from 'playwright-core';
import { startViewer } from 'raw-requests/viewer';
import { freePort } from '../../src/compare/side/free-port.ts';
import { parseLines } from '../support/line-protocol.ts';
import { launchBrowser } from '../support/real/browser.ts';
import { run } from '../support/run.ts';
import { until } from '../support/within.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const workshop = join(root, 'examples/workshop');
const images = join(root, 'docs/images');
const WIDTH = 1100;
const TEXT = '#ccccdc';
const GRID = '#2a2d35';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const label = (x: number, y: number, text: string, size = 13, more = '') =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${TEXT}" ${more}>${text}</text>`;

async function capture(browser: Browser, name: string, svg: string, height: number): Promise<void> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height } });
  await page.setContent(
    `<body style="margin:0"><svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="Inter, 'DejaVu Sans', sans-serif"><rect width="100%" height="100%" fill="#111217"/>${svg}</svg>`,
  );
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  writeFileSync(join(images, name), Buffer.from(data, 'base64'));
  await page.close();
}

/** The live view while v5 and then v4 get the same load. */
async function drawSpike(browser: Browser): Promise<void> {
  const viewer = await startViewer({ port: 0 });
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, colorScheme: 'light' });
  await page.goto(viewer.url);
  for (const version of ['v5', 'v4']) {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port), INFLUX_URL: viewer.url };
    const server = spawn(process.execPath, [join(workshop, `${version}.js`)], { env, stdio: 'inherit' });
    const url = `http://localhost:${port}/`;
    const answers = () =>
      fetch(url).then(
        () => true,
        () => false,
      );
    await until(answers, `${version} answers`);
    await autocannon({ url, connections: 40, duration: 5 });
    server.kill('SIGINT');
    await once(server, 'exit');
  }
  await page.click('#window-all');
  await page.selectOption('#colour-by', 'process');
  await until(
    async () =>
      Number(await page.locator('#requests-plot').getAttribute('data-drawn')) === viewer.stats().kept,
    'all requests are drawn',
  );
  const clip = await page.locator('#requests-plot').boundingBox();
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: 80,
    clip: { x: 0, y: 40, width: WIDTH, height: clip!.y + clip!.height - 26, scale: 1 },
  });
  writeFileSync(join(images, 'workshop-spike.webp'), Buffer.from(data, 'base64'));
  await page.close();
  await viewer.close();
}

interface Request {
  readonly process: string;
  /** ms */
  readonly dueMs: number;
  readonly waited: number;
  readonly served: number;
}

/** A round of each side of cluster.yaml: what the client waited, and what the server saw. */
async function measured(): Promise<Record<'a' | 'b', Request[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-pictures-'));
  try {
    const plan = join(folder, 'plan.json');
    const side = (file: string) => ({ command: `node ${join(workshop, 'benchmarks', file)}` });
    const load = { loop: 'closed', connections: 8, duration: 2 };
    const limits = { others: 1, late: 1, generator: 1, repeats: 0 };
    const sides = { a: side('hash.js'), b: side('hash-cluster.js') };
    writeFileSync(plan, JSON.stringify({ ...sides, load, rounds: 1, warmUp: 1, limits }));
    const kept = join(folder, 'kept');
    const { stderr } = await run([join(root, 'dist/cli/main.js'), 'compare', plan, '--keep', kept], {});
    const read = (part: string): Request[] => {
      const file = readdirSync(kept).find((name) => name.endsWith(`-${part}.lp.gz`));
      if (file === undefined) throw new Error(`no round of ${part} was kept: ${stderr}`);
      return parseLines(gunzipSync(readFileSync(join(kept, file))).toString())
        .filter(({ measurement, fields }) => measurement === 'raw-requests' && 'queue_time' in fields)
        .map(({ tags, fields, time }) => {
          const served = Number(fields.application_time) * 1e3;
          const waited = Number(fields.queue_time) * 1e3;
          return { process: tags.process!, dueMs: Number(time) / 1e6 - served - waited, waited, served };
        })
        .sort((x, y) => x.dueMs - y.dueMs);
    };
    return { a: read('a'), b: read('b') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const WAITED = '#ff9830';
/** By process. */
const SERVED = ['#5794f2', '#73bf69'] as const;

const legend = (x: number, y: number) =>
  `<rect x="${x}" y="${y - 9}" width="14" height="9" fill="${WAITED}" opacity="0.55"/>${label(x + 20, y, 'queue_time: the client waits, the server does not know')}` +
  `<rect x="${x + 400}" y="${y - 9}" width="14" height="9" fill="${SERVED[0]}"/>${label(x + 420, y, 'application_time: what the server sees')}`;

/** A bar per request, from when it was sent to its end. */
function bars(requests: readonly Request[], { x, y, w, h }: Box, fromMs: number, toMs: number): string {
  const at = (ms: number) => x + ((Math.min(toMs, Math.max(fromMs, ms)) - fromMs) / (toMs - fromMs)) * w;
  const row = h / requests.length;
  let svg = '';
  for (let ms = fromMs; ms <= toMs; ms += (toMs - fromMs) / 5) {
    svg += `<line x1="${at(ms)}" x2="${at(ms)}" y1="${y}" y2="${y + h}" stroke="${GRID}"/>`;
    svg += label(at(ms), y + h + 16, `${Math.round(ms - fromMs)} ms`, 11, 'text-anchor="middle"');
  }
  const processes = [...new Set(requests.map((one) => one.process))];
  for (const [i, { process, dueMs, waited, served }] of requests.entries()) {
    const from = at(dueMs);
    const seen = at(dueMs + waited);
    const top = y + i * row + 1;
    svg += `<rect x="${from}" y="${top}" width="${seen - from}" height="${row - 2}" fill="${WAITED}" opacity="0.55"/>`;
    svg += `<rect x="${seen}" y="${top}" width="${Math.max(1, at(dueMs + waited + served) - seen)}" height="${row - 2}" fill="${SERVED[processes.indexOf(process) % SERVED.length]}"/>`;
  }
  return svg;
}

const endOf = ({ dueMs, waited, served }: Request) => dueMs + waited + served;

function middle(requests: readonly Request[], count: number): readonly Request[] {
  const from = Math.floor(requests.length / 2);
  return requests.slice(from, from + count);
}

function queuePicture(requests: readonly Request[]): string {
  const shown = middle(requests, 40);
  const start = Math.min(...shown.map(({ dueMs }) => dueMs));
  const end = Math.max(...shown.map(endOf));
  return (
    label(
      20,
      28,
      `${shown.length} requests to hash.js, one process, 8 connections`,
      17,
      'font-weight="600"',
    ) +
    legend(20, 54) +
    bars(shown, { x: 20, y: 70, w: WIDTH - 60, h: 360 }, start, end)
  );
}

/** The middle of both rounds, over the same length of time. */
function clusterPicture({ a, b }: Record<'a' | 'b', readonly Request[]>): string {
  const panel = (name: string, side: readonly Request[], y: number) => {
    const shown = middle(side, 24);
    return (
      label(20, y, name, 15, 'font-weight="600"') +
      bars(shown, { x: 20, y: y + 12, w: WIDTH - 60, h: 220 }, shown[0]!.dueMs, shown[0]!.dueMs + span)
    );
  };
  const lasts = (side: readonly Request[]) => {
    const shown = middle(side, 24);
    return Math.max(...shown.map(endOf)) - shown[0]!.dueMs;
  };
  const span = Math.max(lasts(a), lasts(b));
  return (
    legend(20, 26) +
    panel('hash.js: one request at a time', a, 60) +
    panel('hash-cluster.js: one in each process, a colour each', b, 340)
  );
}

const browser = await launchBrowser();
try {
  await drawSpike(browser);
  const requests = await measured();
  await capture(browser, 'workshop-queue.webp', queuePicture(requests.a), 460);
  await capture(browser, 'workshop-cluster.webp', clusterPicture(requests), 610);
} finally {
  await browser.close();
}
