import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startViewer, type ViewerOptions } from '../../src/view/server/viewer.ts';
import { CHUNK_ROWS } from '../../src/view/shared/columns.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { readFeed } from '../support/view/feed.ts';
import { ask, LINE, post, viewer } from '../support/view/viewer.ts';
import { until } from '../support/within.ts';

describe('the viewer as an InfluxDB', () => {
  test('says that it is there, and what it is', async (t) => {
    const { url } = await viewer(t);
    const ping = await fetch(`${url}/ping`);
    assert.equal(ping.status, 204);
    assert.equal(ping.headers.get('x-influxdb-version'), '1.8.10');
    assert.match(ping.headers.get('x-raw-requests-view')!, /^\d+\.\d+\.\d+/);
    assert.equal((await fetch(`${url}/ping`, { method: 'HEAD' })).status, 204);
    const verbose = await fetch(`${url}/ping?verbose=true`);
    assert.deepEqual(await verbose.json(), { version: '1.8.10' });
    const health = (await (await fetch(`${url}/health`)).json()) as { status: string };
    assert.equal(health.status, 'pass');
  });

  test('takes both endpoints, every precision, gzip and plain, any token', async (t) => {
    const { url, stats } = await viewer(t);
    const feed = await readFeed(t, url);
    let written = 0;
    for (const [path, time] of [
      ['/write?db=x&rp=y&u=a&p=b', '1700000000000000000'],
      ['/write?db=x&precision=n', '1700000000000000000'],
      ['/write?db=x&precision=u', '1700000000000000'],
      ['/write?db=x&precision=ms', '1700000000000'],
      ['/write?db=x&precision=s', '1700000000'],
      ['/write?db=x&precision=m', '28333334'],
      ['/write?db=x&precision=h', '472223'],
      ['/api/v2/write?org=o&bucket=b&precision=ns', '1700000000000000000'],
      ['/api/v2/write?org=o&bucket=b&precision=us', '1700000000000000'],
      ['/api/v2/write?org=o&bucket=b&precision=ms', '1700000000000'],
      ['/api/v2/write?bucket=b&precision=s', '1700000000'],
    ] as const) {
      for (const zipped of [false, true]) {
        const body = `${LINE} ${time}\n`;
        const response = await post(url + path, zipped ? gzipSync(body) : body, {
          authorization: 'Token anything',
          ...(zipped ? { 'content-encoding': 'gzip' } : {}),
        });
        assert.equal(response.status, 204, path);
        written++;
      }
    }
    assert.equal(stats().received, written);
    await feed.until(() => feed.nextRow === written);
    const { timestamp } = feed.chunks.get(0)!;
    for (let row = 0; row < written; row++) {
      assert.ok(
        timestamp[row]! >= 1_700_000_000_000_000_000n && timestamp[row]! < 1_700_003_000_000_000_000n,
      );
    }
    assert.equal((await post(`${url}/write?precision=days`, LINE)).status, 400);
    assert.equal((await post(`${url}/write`, LINE, { 'content-encoding': 'br' })).status, 415);
    assert.equal((await fetch(`${url}/write`)).status, 405);
  });

  test('a bad line is refused in the words of InfluxDB, and the good ones are kept', async (t) => {
    const { url, stats } = await viewer(t);
    const body = `${LINE} 1\ncpu value\n${LINE} 2\nbad,t= v=1\n${LINE} 3`;
    const response = await post(`${url}/write?db=x`, body);
    assert.equal(response.status, 400);
    const reason =
      "partial write: unable to parse 'cpu value': invalid field format\nunable to parse 'bad,t= v=1': missing tag value dropped=2";
    assert.deepEqual(await response.json(), { error: reason });
    assert.equal(response.headers.get('x-influxdb-error'), reason.replace('\n', ' '));
    const v2 = await post(`${url}/api/v2/write?bucket=x`, body);
    assert.deepEqual(await v2.json(), { code: 'invalid', message: reason });
    assert.equal(stats().received, 6);
    assert.equal(stats().refused, 4);
    assert.equal((await post(`${url}/write`, 'not gzip', { 'content-encoding': 'gzip' })).status, 400);
  });

  test('answers CREATE DATABASE and SHOW DATABASES, and nothing else', async (t) => {
    const { url } = await viewer(t);
    const query = (q: string) => post(`${url}/query`, new URLSearchParams({ q }).toString());
    const created = await query('CREATE DATABASE "my \\"own\\" db" WITH DURATION 1d');
    assert.deepEqual([created.status, await created.json()], [200, { results: [{ statement_id: 0 }] }]);
    const shown = await fetch(`${url}/query?q=SHOW%20DATABASES`);
    const { results } = (await shown.json()) as { results: { series: { values: string[][] }[] }[] };
    assert.deepEqual(results[0]!.series[0]!.values, [['requests'], ['my "own" db']]);
    const select = await query('SELECT * FROM cpu');
    assert.equal(select.status, 400);
    assert.match(
      ((await select.json()) as { error: string }).error,
      /CREATE DATABASE and SHOW DATABASES only/,
    );
    assert.equal((await query('')).status, 400);
    const gzip = { 'content-encoding': 'gzip' };
    for (let i = 0; i < 3; i++) {
      assert.equal((await post(`${url}/query`, gzipSync('q=SHOW DATABASES'), gzip)).status, 200);
      assert.equal((await post(`${url}/write`, gzipSync('a'.repeat(40e6)), gzip)).status, 413);
      assert.equal((await post(`${url}/write`, gzipSync(LINE).subarray(0, 30), gzip)).status, 400);
      assert.equal((await post(`${url}/write`, gzipSync(LINE), gzip)).status, 204);
    }
  });
});

describe('who may ask the viewer', () => {
  test('only who addresses it by a name of this machine', async (t) => {
    const { url } = await viewer(t);
    const { port } = new URL(url);
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', `[::1]:${port}`, 'LOCALHOST:9000']) {
      assert.equal((await ask(`${url}/ping`, { headers: { host } })).status, 204, host);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '0.0.0.0',
    ]) {
      for (const [path, method] of [
        ['/', 'GET'],
        ['/feed', 'GET'],
        ['/write', 'POST'],
        ['/ping', 'GET'],
      ] as const) {
        const { status, text } = await ask(
          url + path,
          { headers: { host }, method },
          method === 'POST' ? LINE : '',
        );
        assert.equal(status, 421, `${host} ${path}`);
        assert.match(text, /does not answer to the name/);
      }
    }
  });

  test('no page of another site', async (t) => {
    const { url, stats } = await viewer(t);
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `${url}0` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      for (const path of ['/write', '/api/v2/write', '/query?q=CREATE+DATABASE+x'])
        assert.equal(
          (await ask(url + path, { method: 'POST', headers }, LINE)).status,
          403,
          JSON.stringify(headers),
        );
      assert.equal((await ask(`${url}/feed`, { headers })).status, 403);
    }
    assert.equal(stats().received, 0);
    const own = { origin: url, 'sec-fetch-site': 'same-origin' };
    assert.equal((await ask(`${url}/write`, { method: 'POST', headers: own }, LINE)).status, 204);
    const preflight = await ask(`${url}/write`, {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example' },
    });
    assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  });

  test('what is not the page cannot be read', async (t) => {
    const { url } = await viewer(t);
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/page/../store.js',
      '/store.js',
      '/page/',
      '//etc/passwd',
      '/shared/columns.d.ts',
    ]) {
      assert.equal((await ask(url, { path })).status, 404, path);
    }
    const { status, headers } = await ask(`${url}/shared/columns.js`, {});
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self';/);
    assert.equal(headers['access-control-allow-origin'], undefined);
  });
});

describe('the feed', () => {
  const fill = async (url: string, from: number, to: number) => {
    let body = '';
    for (let i = from; i < to; i++)
      body += `raw-requests,route=/r${i % 50} application_time=${i},path="/p/${i % 100}" ${i}\n`;
    assert.equal((await post(`${url}/write`, body)).status, 204);
  };

  test('goes on from the row that a page has, if the server is the same', async (t) => {
    const { url } = await viewer(t);
    await fill(url, 0, 20_000);
    const first = await readFeed(t, url);
    await first.until(() => first.nextRow === 20_000 && first.states.length > 0);
    assert.equal(first.hello.row, 0);
    assert.deepEqual(
      first.rows,
      Array.from({ length: 20_000 }, (_, i) => i),
    );
    assert.equal(first.texts.size, 100);
    assert.equal(first.states[0]!.counters.kept, 20_000);
    first.socket.destroy();
    await fill(url, 20_000, 21_000);

    const again = await readFeed(t, url, `?epoch=${first.hello.epoch}&row=20000`);
    await again.until(() => again.nextRow === 21_000);
    assert.equal(again.hello.row, 20_000);
    assert.deepEqual([again.rows.length, again.rows[0]], [1000, 20_000]);
    const at = 20_500 % CHUNK_ROWS;
    assert.equal(again.chunks.get(2)!.duration[at], 20_500);
    for (const query of [
      `?epoch=other&row=20000`,
      `?epoch=${first.hello.epoch}&row=99999`,
      '?row=5',
      `?epoch=${first.hello.epoch}&row=-1`,
      `?epoch=${first.hello.epoch}&row=0.5`,
    ]) {
      const all = await readFeed(t, url, query);
      assert.equal(all.hello.row, 0, query);
      all.socket.destroy();
    }
  });

  test('tells what is new within moments, and that it lives at least each second', async (t) => {
    const { url } = await viewer(t);
    const pages = await Promise.all([readFeed(t, url), readFeed(t, url), readFeed(t, url)]);
    await fill(url, 0, 10);
    const start = performance.now();
    await Promise.all(pages.map((page) => page.until(() => page.nextRow === 10)));
    assert.ok(performance.now() - start < 2000);
    const before = pages[0]!.states.length;
    await pages[0]!.until(() => pages[0]!.states.length >= before + 2);
    assert.ok(performance.now() - start < 10_000);
  });

  test('a page that does not read costs no memory, and misses what is gone when it reads again', async (t) => {
    const { url } = await viewer(t, { max: 4 * CHUNK_ROWS });
    const [slow, quick] = [await readFeed(t, url), await readFeed(t, url)];
    const { chunks, rows } = slow;
    slow.socket.pause();
    const total = 480_000;
    for (let from = 0; from < total; from += 24_000) {
      for (let i = 0; i < 3; i++) await fill(url, from + i * 8000, from + (i + 1) * 8000);
      await quick.until(() => quick.nextRow === from + 24_000);
    }
    slow.socket.resume();
    await slow.until(() => slow.nextRow === total);
    assert.ok(rows.length < total, 'nothing was kept for it');
    assert.deepEqual(
      rows,
      [...new Set(rows)].sort((a, b) => a - b),
    );
    const last = total - 1;
    assert.equal(chunks.get(Math.floor(last / CHUNK_ROWS))!.duration[last % CHUNK_ROWS], last);
  });

  test('ends when the viewer is closed', async (t) => {
    const started = await startViewer({ port: 0 });
    const page = await readFeed(t, started.url);
    await started.close();
    await page.ended;
    await assert.rejects(fetch(started.url));
  });
});

describe('forwarding', () => {
  test('tries again while it is down, in order, and never keeps writers waiting', async (t) => {
    const fake = await fakeInflux(t);
    let down = true;
    fake.answer = (_, res) => void res.writeHead(down ? 503 : 204).end();
    const { url, stats } = await viewer(t, { forward: fake.url });
    const start = performance.now();
    for (let i = 0; i < 20; i++)
      assert.equal(
        (await post(`${url}/write?db=d`, `${LINE} ${i}\n`, { authorization: 'Token mine' })).status,
        204,
      );
    assert.ok(performance.now() - start < 3000);
    down = false;
    const points = await fake.stored(20);
    assert.deepEqual(
      points.map(({ time }) => time),
      Array.from({ length: 20 }, (_, i) => BigInt(i)),
    );
    assert.equal(fake.writes.at(-1)!.headers.authorization, 'Token mine');
    assert.equal(fake.writes.at(-1)!.path, '/write?db=d');
    await until(() => stats().forwarded === 20, 'all are counted');
  });

  test('does not pass on the token of the view', async (t) => {
    const fake = await fakeInflux(t);
    const { url } = await viewer(t, {
      forward: fake.url.replace('//', '//:other@'),
      token: 'mine-and-nobody-elses',
    });
    await post(`${url}/write?db=d&u=x&p=mine-and-nobody-elses`, `${LINE} 1\n`);
    await fake.stored(1);
    assert.equal(fake.writes[0]!.path, '/write?db=d');
    assert.equal(fake.writes[0]!.headers.authorization, 'Token other');
  });
});

describe('startViewer', () => {
  test('says what is wrong with its settings', async () => {
    for (const [options, message] of [
      [{ port: -1 }, /^Expected `port` to be a whole number from 0 to 65535, got `-1`$/],
      [{ max: 10 }, /^Expected `max` to be a whole number from 16384 to 50000000, got `10`$/],
      [
        { host: '0.0.0.0' },
        /^Expected `token` or RAW_REQUESTS_VIEW_TOKEN to be set, because `host` .* can be reached from other machines$/,
      ],
      [
        { token: 'fifteen-letters' },
        /^Expected `token` to be 16 to 512 ASCII characters without blanks, got a value that is not shown/,
      ],
      [{ token: 'of 16 characters, with blanks' }, /^Expected `token` to be 16 to 512 ASCII/],
      [{ token: 'sixteen-letters-ü' }, /^Expected `token` to be 16 to 512 ASCII/],
      [{ forward: 'localhost' }, /^Expected `forward` to be an http or https address/],
      [{ prot: 1 }, /^Unknown option `prot`: did you mean `port`\?$/],
      [{ database: 1 }, /^Unknown option `database`: there are `port`, `host`, `max`, `token`, `forward`$/],
      [null, /^Expected the options to be an object, got `null`$/],
    ] as unknown as [ViewerOptions, RegExp][]) {
      await assert.rejects(startViewer(options), { name: 'ConfigError', message });
    }
  });

  test('says so when the port is in use', async (t) => {
    const { url } = await viewer(t);
    await assert.rejects(startViewer({ port: Number(new URL(url).port) }), {
      name: 'ConfigError',
      message: /is in use by another program: end that program, or use another port/,
    });
  });

  test('leaves nothing behind when it is closed', async () => {
    const code = `
      const { startViewer } = await import(${JSON.stringify(new URL('../../src/view/server/viewer.js', import.meta.url).href)});
      const viewer = await startViewer({ port: 0 });
      await fetch(viewer.url + '/ping');
      await viewer.close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
    const [status] = await once(child, 'exit');
    assert.equal(status, 0);
  });
});
