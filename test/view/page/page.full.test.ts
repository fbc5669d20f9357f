// The page of the live view in a real browser, used as a person would.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import type { Browser, Page } from 'playwright-core';
import { startViewer, type Viewer } from 'raw-requests/viewer';
import { parseLines } from '../../support/line-protocol.ts';
import { launchBrowser } from '../../support/real/browser.ts';

const REQUESTS = 20_000;
/** Each a fifth of the load: method, path, route, status. */
const MIX: ['GET' | 'POST', string, string, string][] = [
  ['GET', '/', '/', '200'],
  ['GET', '/tenants/42/items/7', '/tenants/:tenant/items/:item', '200'],
  ['POST', '/orders', '/orders', '201'],
  ['GET', '/tenants/7/broken', '/tenants/:tenant/broken', '500'],
  ['GET', '/nothing/here', '(unmatched)', '404'],
];
const EACH = REQUESTS / MIX.length;

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

/** The page of a viewer, with whatever went wrong in it. */
async function open(url: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, acceptDownloads: true });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error.stack)));
  await page.goto(url);
  return { page, errors };
}

/** Digits of a text: `20 000` is 20000. */
const number = (text: string | null) => Number(text!.replace(/\D/g, ''));

/** Waits until the table and the plot both show that many requests. */
async function shows(page: Page, count: number): Promise<void> {
  await page.waitForSelector(`#in-view[data-count="${count}"]`, { state: 'attached' });
  await page.waitForSelector(`#requests-plot[data-drawn="${count}"]`, { state: 'attached' });
}

/** Waits until there is another number of requests in view. */
async function showsOtherThan(page: Page, count: number): Promise<void> {
  await page.waitForSelector(`#in-view:not([data-count="${count}"])`);
}

const inView = async (page: Page) => Number(await page.locator('#in-view').getAttribute('data-count'));
const drawn = async (page: Page) => Number(await page.locator('#requests-plot').getAttribute('data-drawn'));

async function download(page: Page, kind: string): Promise<string> {
  await page.click('#export summary');
  const [file] = await Promise.all([page.waitForEvent('download'), page.click(`#export-${kind}`)]);
  return readFileSync(await file.path(), 'utf8');
}

async function write(viewer: Viewer, lines: readonly string[]): Promise<void> {
  const response = await fetch(`${viewer.url}/write?db=requests`, { method: 'POST', body: lines.join('\n') });
  assert.equal(response.status, 204, await response.text());
}

describe('a load of 20 000 requests', () => {
  let viewer: Viewer;
  let page: Page;
  let errors: string[];

  before(async () => {
    viewer = await startViewer({ port: 0 });
    const app = fork(fileURLToPath(new URL('../../fixtures/load-app.js', import.meta.url)), ['express'], {
      env: { ...process.env, INFLUX_URL: viewer.url, INFLUX_DATABASE: 'requests' },
      silent: true,
    });
    app.stdout!.resume();
    app.stderr!.resume();
    const [port] = await once(app, 'message');
    ({ page, errors } = await open(viewer.url));
    const result = await autocannon({
      url: `http://127.0.0.1:${port}`,
      amount: REQUESTS,
      connections: 20,
      requests: MIX.map(([method, path]) => ({
        method,
        path,
        ...(method === 'POST' ? { body: 'some goods' } : {}),
      })),
    });
    assert.equal(result.requests.total, REQUESTS);
    app.disconnect();
    await once(app, 'exit');
    assert.equal(viewer.stats().received, REQUESTS);
    await page.click('#window-all');
    await shows(page, REQUESTS);
  });
  after(async () => {
    assert.deepEqual(errors, []);
    await page.close();
    await viewer.close();
  });

  test('is what the counters, the table and the plot say', async () => {
    await page.locator('#received', { hasText: /^20\s000$/ }).waitFor();
    assert.equal(number(await page.locator('#kept').textContent()), REQUESTS);
    assert.equal(number(await page.locator('#evicted').textContent()), 0);
    assert.equal(number(await page.locator('#refused').textContent()), 0);
    assert.match(
      (await page.locator('#drawn').textContent())!,
      /^20\s000 requests, each one drawn, ○ the \d+ slowest$/,
    );

    const rows = await page.locator('#routes tbody tr').all();
    const table = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
    assert.deepEqual(
      table.map(([, count, broken, aborted]) => [count, broken, aborted].map((text) => number(text!))),
      table.map(([name]) => [EACH, name!.includes('broken') ? EACH : 0, 0]),
    );
    assert.deepEqual(
      table.map(([name]) => name).toSorted(),
      MIX.map(([method, , route]) => `${method}${route}`).toSorted(),
    );
    const total = await page.locator('#routes tfoot td').first().textContent();
    assert.equal(number(total), REQUESTS);
    assert.equal(number(await page.locator('#legend [data-name="5xx"] .legend-count').textContent()), EACH);
    assert.equal(
      number(await page.locator('#legend [data-name="2xx"] .legend-count').textContent()),
      3 * EACH,
    );
  });

  test('is sorted by a click on a header', async () => {
    const names = () => page.locator('#routes tbody .route-name').allTextContents();
    const header = page.locator('#routes thead th', { hasText: 'Route' });
    await header.getByRole('button').click();
    assert.equal(await header.getAttribute('aria-sort'), 'ascending');
    const ascending = await names();
    await header.getByRole('button').click();
    assert.equal(await header.getAttribute('aria-sort'), 'descending');
    assert.deepEqual(await names(), ascending.toReversed());
  });

  test('is filtered by a click on a route, and all is back after a click on the chips', async () => {
    await page.click('#routes tbody tr:has-text("/orders")');
    await shows(page, EACH);
    assert.deepEqual(await page.locator('#chips .chip-value').allTextContents(), ['/orders', 'POST']);
    await page.click('#chips .chip[data-chip="route"]');
    await page.click('#chips .chip[data-chip="method"]');
    await shows(page, REQUESTS);
    assert.equal(await page.locator('#chips').isVisible(), false);
  });

  test('is filtered by status, by text and by both', async () => {
    await page.selectOption('[data-facet="status"]', '5xx');
    await shows(page, EACH);
    await page.fill('#search', 'nowhere');
    await shows(page, 0);
    await page.fill('#search', 'BROKEN');
    await shows(page, EACH);
    await page.click('#clear-filters');
    await shows(page, REQUESTS);
  });

  test('is coloured by route or process as well, with a legend in words', async () => {
    await page.selectOption('#colour-by', 'route');
    await page.waitForSelector('#legend [data-name="/orders"]');
    assert.equal(await page.locator('#legend .legend-item').count(), MIX.length);
    await page.selectOption('#colour-by', 'process');
    await page.waitForSelector('#legend .legend-item:only-child');
    await page.selectOption('#colour-by', 'status');
    await page.selectOption('#value-scale', 'linear');
    await shows(page, REQUESTS);
    await page.selectOption('#value-scale', 'log');
  });

  test('is zoomed into by a brush, by the wheel, and out again', async () => {
    const box = (await page.locator('#requests-plot').boundingBox())!;
    const x = (part: number) => box.x + 64 + part * (box.width - 74);
    await page.mouse.move(x(0.3), box.y + 40);
    await page.mouse.down();
    await page.mouse.move(x(0.5), box.y + 42, { steps: 4 });
    await page.mouse.up();
    await showsOtherThan(page, REQUESTS);
    const part = await inView(page);
    assert.ok(part > 0 && part < REQUESTS * 0.6, `${part} in view`);
    await shows(page, part);
    assert.equal(await page.locator('#link').getAttribute('data-state'), 'paused');

    await page.mouse.move(x(0.5), box.y + 150);
    await page.mouse.wheel(0, -300);
    await showsOtherThan(page, part);
    await page.keyboard.press('Escape');
    await shows(page, REQUESTS);

    // Of the values as well, where the brush is high enough.
    await page.mouse.move(x(0.001), box.y + 20);
    await page.mouse.down();
    await page.mouse.move(x(0.999), box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await showsOtherThan(page, REQUESTS);
    await page.dblclick('#requests-plot', { position: { x: 300, y: 30 } });
    await shows(page, REQUESTS);
    await page.click('#window-all');
    await page.keyboard.press('Escape'); // there may have been a request where the double click was
  });

  test('is left request by request with the arrow keys; Enter shows one, Esc closes it', async () => {
    await page.mouse.move(0, 0); // what lies under the pointer would be the first
    await page.locator('#requests-plot').focus();
    await page.keyboard.press('Escape'); // a slow request may have been where the plot was clicked before
    const detail = page.locator('#detail');
    await detail.waitFor({ state: 'hidden' });
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await detail.waitFor();
    const line = () => detail.locator('.raw code').textContent();
    const last = parseLines((await line())!)[0]!;
    assert.equal(last.fields.sequence, REQUESTS);
    await page.keyboard.press('ArrowLeft');
    await detail.locator('.raw code', { hasText: `sequence=${REQUESTS - 1}i,` }).waitFor();
    await page.keyboard.press('ArrowRight');
    await detail.locator('.raw code', { hasText: `sequence=${REQUESTS}i,` }).waitFor();
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'hidden' });
    await page.click('#window-all');
    await shows(page, REQUESTS);
  });

  test('shows a request under the pointer, and all of it after a click', async () => {
    const box = (await page.locator('#requests-plot').boundingBox())!;
    const tooltip = page.locator('#tooltip');
    for (let y = box.height * 0.3; y < box.height * 0.9 && !(await tooltip.isVisible()); y += 6) {
      await page.mouse.move(box.x + box.width / 2, box.y + y);
      await page.evaluate(
        'new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))',
      );
    }
    const [name] = await tooltip.locator('div').allTextContents();
    await page.mouse.down();
    await page.mouse.up();
    const content = page.locator('#detail-content');
    await content.waitFor();
    assert.equal((await content.locator('h3').textContent())!, name!.replace(' ', ''));
    const text = (await content.textContent())!;
    for (const word of [
      'application_time',
      'first_byte_time',
      'connection_requests',
      'in_flight',
      'slot',
      'hostname',
      'worker',
      'ns since',
    ]) {
      assert.ok(text.includes(word), word);
    }
    await page.click('#detail-close');
    await shows(page, REQUESTS);
  });

  test('is exported as what is in view: line protocol, CSV, Chrome trace', async () => {
    await page.click('#legend [data-name="5xx"]');
    await shows(page, EACH);
    const points = parseLines(await download(page, 'line-protocol'));
    assert.equal(points.length, EACH);
    assert.equal(new Set(points.map(({ fields }) => fields.sequence)).size, EACH);
    for (const { measurement, tags, fields, time } of points) {
      assert.equal(measurement, 'raw-requests');
      assert.equal(tags.status, '500');
      assert.equal(BigInt(Math.round(Number(fields.application_time) * 1e9)) > 0n, true);
      assert.ok(time > 1_700_000_000_000_000_000n);
    }

    const [head, ...lines] = (await download(page, 'csv')).trim().split('\n');
    const columns = head!.split(',');
    const column = (line: string, name: string) => line.split(',')[columns.indexOf(name)];
    assert.equal(lines.length, EACH);
    assert.deepEqual(
      lines.map((line) => column(line, 'end_ns')),
      points.map(({ time }) => String(time)),
    );
    assert.deepEqual(
      lines.map((line) => Number(column(line, 'application_time'))),
      points.map(({ fields }) => fields.application_time),
    );

    const trace = JSON.parse(await download(page, 'trace'));
    const bars = trace.traceEvents.filter(({ ph }: { ph: string }) => ph === 'X');
    assert.equal(bars.length, EACH);
    for (const [n, { ts, dur, tid, args }] of bars.entries()) {
      const { time, fields } = points[n]!;
      const end = Number(time - BigInt(trace.otherData.origin_ns)) / 1000;
      assert.ok(Math.abs(ts + dur - end) < 0.001, `${ts + dur} us, ${end} us`);
      assert.equal(tid, fields.slot);
      assert.equal(args.route, '/tenants/:tenant/broken');
    }
    const names = trace.traceEvents.filter(({ ph }: { ph: string }) => ph === 'M');
    assert.ok(names.some(({ name }: { name: string }) => name === 'process_name'));
    await page.click('#legend [data-name="5xx"]');
    await shows(page, REQUESTS);
  });
});

describe('the page', () => {
  /** A viewer of its own, with its page. */
  async function start(use: (viewer: Viewer, page: Page) => Promise<void>): Promise<void> {
    const viewer = await startViewer({ port: 0 });
    const { page, errors } = await open(viewer.url);
    try {
      await use(viewer, page);
      assert.deepEqual(errors, []);
    } finally {
      await page.close();
      await viewer.close();
    }
  }

  const now = () => BigInt(Date.now()) * 1_000_000n;

  test('says how to send a first request, and that command works', async () => {
    await start(async (viewer, page) => {
      await page.locator('#empty').waitFor();
      const [own, other, curl] = await page.locator('#hints code').allTextContents();
      assert.equal(own, 'RAW_REQUESTS=view node --import raw-requests/register app.js');
      assert.ok(other!.startsWith(`INFLUX_URL=${viewer.url} INFLUX_DATABASE=requests `));
      const [, url, line] = /'(http[^']+)' --data-binary '([^']+)'$/.exec(curl!)!;
      assert.equal((await fetch(url!, { method: 'POST', body: line! })).status, 204);
      await shows(page, 1);
      await page.locator('#empty').waitFor({ state: 'hidden' });
    });
  });

  test('exports the very lines that were written', async () => {
    const time = now();
    const lines = [
      `raw-requests,hostname=web\\ 1,method=GET,outcome=finished,process=web\\ 1:4711,route=/a\\,b\\=c,status=200,tenant=plan\\ 9,thread=0,worker=0 application_time=0.009369959,bytes_in=0i,bytes_out=28i,connection_requests=70000i,first_byte_time=0.009169739,in_flight=1i,path="/a \\"quoted\\" \\\\ path",queue_time=0.000123,sequence=1i,slot=1i,start_time=${time - 9_369_959n}i,trace_id="0af7651916cd43dd8448eb211c80319c" ${time}`,
      `raw-requests,hostname=web-2,method=POST,outcome=aborted,process=web-2:1,route=/ü,status=0,thread=2,worker=3 application_time=1.5,bytes_in=4000000000i,bytes_out=0i,in_flight=12i,sequence=7i,slot=9i,start_time=${time - 1_500_000_000n + 101n}i ${time + 101n}`,
    ];
    await start(async (viewer, page) => {
      await write(viewer, lines);
      await page.click('#window-all');
      await shows(page, 2);
      assert.deepEqual((await download(page, 'line-protocol')).trim().split('\n'), lines);
    });
  });

  test('says how many points are no requests, and draws and exports the longest and the oldest that are', async () => {
    const time = now();
    const tags = 'raw-requests,method=GET,process=a:1,route=/,status=200,outcome=finished';
    const kept = [
      `${tags},constructor=x application_time=0,start_time=${time}i ${time}`,
      `${tags} application_time=315576000,first_byte_time=315576000,queue_time=315576000,slot=16777215i,start_time=${time - 315_576_000_000_000_000n}i ${time}`,
      `${tags} application_time=1e-9,bytes_out=281474976710654i,sequence=281474976710655i,start_time=-9223372036854775805i -9223372036854775804`,
      `${tags} application_time=0.5,start_time=9223372036354775806i 9223372036854775806`,
    ];
    await start(async (viewer, page) => {
      await write(viewer, [
        ...kept,
        `${tags} application_time=1e300 ${time}`,
        `${tags} application_time=-1e300 ${time}`,
        `${tags} application_time="NaN" ${time}`,
        `${tags} application_time=1,first_byte_time=1e300 ${time}`,
        `${tags} application_time=1,start_time=9223372036854775806i ${time}`,
        `other v=1.7e308 ${time}`,
        `other v=-1.7e308 ${time}`,
      ]);
      await page.locator('#not-requests', { hasText: /^5$/ }).waitFor();
      assert.equal(viewer.stats().notRequests, 5);
      await page.click('#window-all');
      await shows(page, 4);
      const exported = (await download(page, 'line-protocol')).trim().split('\n');
      assert.equal(exported.length, 4);
      for (const [i, line] of exported.entries()) {
        const fields = (text: string) =>
          text
            .slice(text.lastIndexOf(' ', text.lastIndexOf(' ') - 1))
            .split(/[ ,]/)
            .sort();
        assert.deepEqual(fields(line), fields(kept[i]!));
      }
      assert.equal((await download(page, 'csv')).trim().split('\n').length, 5);
      assert.equal(
        JSON.parse(await download(page, 'trace')).traceEvents.filter(({ ph }: { ph: string }) => ph === 'X')
          .length,
        4,
      );
      for (const scale of ['linear', 'log']) {
        await page.selectOption('#value-scale', scale);
        for (const key of ['ArrowLeft', 'Enter', '+', '-', 'Escape']) await page.press('#requests-plot', key);
        await shows(page, 4);
      }
    });
  });

  test('shows hostile tags, paths and measurements as text', async () => {
    const hostile = '<script>globalThis.harmed=1</script><img/src=x/onerror=globalThis.harmed=1>';
    const tag = hostile.replace(/[,= ]/g, '\\$&');
    await start(async (viewer, page) => {
      await write(viewer, [
        `raw-requests,process=${tag},method=${tag},route=${tag},status=${tag},outcome=${tag},service=${tag} application_time=0.1,path="${hostile}",slot=1i ${now()}`,
        `${tag},host=${tag} ${tag}=1 ${now()}`,
      ]);
      await page.click('#window-all');
      await shows(page, 1);
      await page.locator('#others tbody tr').waitFor();
      await page.selectOption('#colour-by', 'route');
      await page.locator('#requests-plot').focus();
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('Enter');
      await page.locator('#detail').waitFor();
      assert.equal(await page.locator('#detail h3').textContent(), hostile + hostile);
      assert.equal(await page.locator('#routes .route-name').textContent(), hostile);
      await page.click('#routes tbody tr');
      await page.locator('#chips .chip').first().waitFor();
      assert.equal(
        await page.evaluate('document.querySelectorAll("main script, main img, #detail img").length'),
        0,
      );
      assert.equal(await page.evaluate('globalThis.harmed'), undefined);
    });
  });

  test('stands still while it is paused, and goes on', async () => {
    await start(async (viewer, page) => {
      let sequence = 0;
      const send = (count: number) =>
        write(
          viewer,
          Array.from({ length: count }, () => {
            sequence++;
            return `raw-requests,process=a:1,method=GET,route=/,status=200,outcome=finished application_time=0.001,sequence=${sequence}i,slot=1i ${now() + BigInt(sequence)}`;
          }),
        );
      await page.click('#window-300000'); // the shorter one may be over before all is done
      await page.evaluate('document.activeElement.blur()'); // a button takes the space bar for itself
      await send(50);
      await shows(page, 50);
      await page.keyboard.press(' ');
      await page.waitForSelector('#link[data-state="paused"]');
      await send(30);
      await page.locator('#link-text', { hasText: 'Paused, 30 new' }).waitFor();
      await shows(page, 50);
      await page.keyboard.press(' ');
      await page.waitForSelector('#link[data-state="live"]');
      await shows(page, 80);
    });
  });

  test('keeps filter, zoom, selection and choices in its address: a reload keeps them, Back returns', async () => {
    await start(async (viewer, page) => {
      const time = now();
      await write(
        viewer,
        Array.from(
          { length: 30 },
          (_, n) =>
            `raw-requests,process=a:1,method=GET,route=/${n % 3},status=200,outcome=finished application_time=0.0${n + 10},slot=1i ${time - BigInt(n) * 1_000_000n}`,
        ),
      );
      await page.click('#window-all');
      await shows(page, 30);
      await page.selectOption('#colour-by', 'route');
      await page.hover('#legend [data-name="/1"]');
      await page.click('#legend [data-name="/1"] .legend-not');
      await shows(page, 20);
      await page.waitForURL(/not-route=/);
      await page.click('#routes tbody tr:has-text("/2")');
      await shows(page, 10);
      await page.waitForURL(/[&#]route=/);
      await page.locator('#requests-plot').focus();
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('Enter');
      await page.waitForURL(/request=\d+/);
      const line = await page.locator('#detail .raw code').textContent();
      await page.reload();
      await page.locator('#detail .raw code').waitFor();
      assert.equal(await page.locator('#detail .raw code').textContent(), line);
      await shows(page, 10);
      assert.equal(await page.locator('#colour-by').inputValue(), 'route');
      await page.goBack();
      await page.locator('#detail').waitFor({ state: 'hidden' });
      await page.goBack();
      await shows(page, 20);
      await page.goForward();
      await shows(page, 10);
    });
  });

  test('says that the server is gone, and when it is back; then shows what that one has', async () => {
    const line = (n: number) =>
      `raw-requests,process=a:1,method=GET,route=/${n},status=200,outcome=finished application_time=0.001,slot=1i ${now()}`;
    const first = await startViewer({ port: 0 });
    const { page } = await open(first.url);
    await write(first, [line(1)]);
    await page.click('#window-all');
    await shows(page, 1);
    await first.close();
    await page.waitForSelector('#link[data-state="gone"]');
    assert.match(
      (await page.locator('#link-text').textContent())!,
      /^Server gone since \d\d:\d\d:\d\d, reconnecting$/,
    );
    assert.equal(await drawn(page), 1, 'what was there can still be looked at');

    const second = await startViewer({ port: Number(new URL(first.url).port) });
    await write(second, [line(2), line(3)]);
    await page.waitForSelector('#link[data-state="back"]');
    await shows(page, 2);
    assert.deepEqual((await page.locator('#routes tbody .route-name').allTextContents()).toSorted(), [
      '/2',
      '/3',
    ]);
    await page.waitForSelector('#link[data-state="live"]');
    await page.close();
    await second.close();
  });

  test('asks for the token of the view, once, and keeps it nowhere', async () => {
    const token = 'se-cret-of-the-view';
    const viewer = await startViewer({ port: 0, token });
    const { port } = new URL(viewer.url);
    const { page } = await open(viewer.url);
    await page.fill('#token', 'something else');
    await page.press('#token', 'Enter');
    await page.locator('#problem', { hasText: 'That is not the token of this view' }).waitFor();
    await page.fill('#token', token);
    await page.press('#token', 'Enter');
    await page.waitForSelector('#link[data-state="live"]');
    await page.reload();
    await page.waitForSelector('#link[data-state="live"]');

    // From a link, as on a page of another site: without the token in what stays.
    const elsewhere = http.createServer((_, res) => {
      res.setHeader('content-type', 'text/html').end(`<a href="${viewer.url}/?token=${token}">the view</a>`);
    });
    await once(elsewhere.listen(0, 'localhost'), 'listening');
    const context = await browser.newContext();
    const other = await context.newPage();
    await other.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}/`);
    await other.click('a');
    await other.waitForSelector('#link[data-state="live"]');
    assert.equal(other.url(), `${viewer.url}/`);
    const stored = await other.evaluate('[document.cookie, ...Object.values(localStorage)].join()');
    assert.ok(!`${stored}${JSON.stringify(await context.cookies())}`.includes(token));
    await other.goBack();
    assert.ok(!other.url().includes(token));
    await context.close();
    elsewhere.close();

    // Another view knows the browser no more: the page says so, and what it has can still be looked at.
    await viewer.close();
    const next = await startViewer({ port: Number(port), token });
    await page.locator('#link-text', { hasText: 'Signed out: reload this page to sign in' }).waitFor();
    await page.reload();
    await page.waitForSelector('#sign-in');
    await page.close();
    await next.close();
  });

  test('shows ledgers of writers, and other measurements with their newest value', async () => {
    await start(async (viewer, page) => {
      await write(viewer, [
        `cpu,host=web-1 usage=12.5 ${now()}`,
        `cpu,host=web-1 usage=17.25 ${now() + 1_000_000n}`,
      ]);
      await write(viewer, [
        `delivery,process=web-1:1 recorded=1200i,acknowledged=1190i,queued=7i,dropped=3i ${now()}`,
      ]);
      await page.locator('#ledgers tbody tr').waitFor();
      assert.deepEqual((await page.locator('#ledgers thead th').allTextContents()).slice(0, 5), [
        ...['Process', 'recorded', 'acknowledged', 'queued', 'dropped'],
      ]);
      const cells = await page.locator('#ledgers tbody td').allTextContents();
      assert.deepEqual([cells[0], ...cells.slice(1, 5).map(number)], ['web-1:1', 1200, 1190, 7, 3]);

      await page.locator('#others tbody tr').waitFor();
      const other = await page.locator('#others tbody td').allTextContents();
      assert.deepEqual(other, ['cpu', 'usage', 'host=web-1', '17.25', '']);
    });
  });

  test('marks aborted requests and slots of each process', async () => {
    await start(async (viewer, page) => {
      const time = now();
      await write(
        viewer,
        Array.from(
          { length: 6 },
          (_, n) =>
            `raw-requests,process=web:${n % 2},method=GET,route=/,status=0,outcome=aborted application_time=0.05${n === 0 ? ',queue_time=0.2' : ''},slot=${1 + (n >> 1)}i ${time + BigInt(n)}`,
        ),
      );
      await page.click('#window-all');
      await shows(page, 6);
      await page.waitForSelector('#lanes-plot[data-lanes="6"]');
      await page.locator('#lanes-drawn', { hasText: 'the wait before the process thin' }).waitFor();
      assert.equal(
        number(await page.locator('#legend [data-name="aborted"] .legend-count').textContent()),
        6,
      );
    });
  });

  test('shows each figure of a route on a phone, and the whole name beside none of them', async () => {
    await start(async (viewer, page) => {
      await page.setViewportSize({ width: 360, height: 740 });
      const route = '/tenants/:tenant/reports/:report/versions/:version/download';
      await write(viewer, [
        `raw-requests,process=a:1,method=DELETE,route=${route},status=200,outcome=finished application_time=0.052,slot=1i ${now()}`,
      ]);
      await page.click('#window-all');
      await shows(page, 1);
      const parts = page.locator('#routes tbody td.number, #routes tbody .route');
      const boxes = await Promise.all((await parts.all()).map((part) => part.boundingBox()));
      assert.equal(boxes.length, 12);
      for (const [i, box] of boxes.entries()) {
        assert.ok(box!.x >= 0 && box!.x + box!.width <= 360, `${i} is on the screen`);
        for (const other of boxes.slice(0, i)) {
          const apart =
            box!.x >= other!.x + other!.width - 0.5 ||
            other!.x >= box!.x + box!.width - 0.5 ||
            box!.y >= other!.y + other!.height - 0.5 ||
            other!.y >= box!.y + box!.height - 0.5;
          assert.ok(apart, `${JSON.stringify(box)} and ${JSON.stringify(other)}`);
        }
      }
    });
  });
});
