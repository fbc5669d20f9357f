import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { rawRequests } from '../../src/index.ts';
import { startViewer, type Viewer, type ViewerOptions } from '../../src/view/server/viewer.ts';
import { CHUNK_ROWS } from '../../src/view/shared/columns.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { readFeed } from '../support/feed.ts';
import { influxdb } from '../support/influx.ts';
import { listen } from '../support/server.ts';

const run = promisify(execFile);

async function viewer(t: TestContext, options: ViewerOptions = {}): Promise<Viewer> {
  const started = await startViewer({ port: 0, ...options });
  t.after(() => started.close());
  return started;
}

const LINE = 'raw-requests,method=GET,route=/a,status=200 application_time=0.5';

function post(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

/** With headers that `fetch` does not let anybody set. */
async function ask(url: string, options: http.RequestOptions, body = '') {
  const req = http.request(url, { agent: false, ...options });
  req.end(body);
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of res) text += chunk;
  return { status: res.statusCode, headers: res.headers, text };
}

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

  test('a body of 100 MB is refused early, with or without a length, and compressed', {
    timeout: 60_000,
  }, async (t) => {
    const { url, stats } = await viewer(t);
    const before = process.memoryUsage.rss();
    const curl = (args: string[]) =>
      run('sh', ['-c', `head -c 100000000 /dev/zero | tr '\\0' 'x' | ${args.join(' ')}`], {
        encoding: 'utf8',
      });
    for (const args of [
      ['curl -s -i --data-binary @-', `${url}/write`],
      ['curl -s -i -T - -X POST', `${url}/write`],
      ["gzip -1 | curl -s -i -H 'content-encoding: gzip' --data-binary @-", `${url}/write`],
    ]) {
      const { stdout } = await curl(args);
      assert.match(stdout, /HTTP\/1\.1 413 /, args[0]);
      assert.match(stdout, /"error":"Request Entity Too Large/, args[0]);
    }
    // Announced, and then nothing comes: it is not waited for.
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    t.after(() => socket.destroy());
    socket.write('POST /write HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000000\r\n\r\n');
    const [answer] = await once(socket, 'data');
    assert.match(`${answer}`, /^HTTP\/1\.1 413 /);
    assert.equal(stats().received, 0);
    assert.ok(process.memoryUsage.rss() - before < 150e6);
    assert.equal((await post(`${url}/write`, `${LINE}\n`)).status, 204, 'it goes on');
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

describe('who writes to the viewer', () => {
  test('this library: 20 000 requests are 20 000 rows', { timeout: 60_000 }, async (t) => {
    const { url, stats } = await viewer(t);
    const feed = await readFeed(t, url);
    const record = rawRequests({ url, database: 'requests', service: 'test', route: () => '/a' });
    t.after(() => record.close());
    const server = await listen(t, (req, res) => {
      record(req, res);
      res.end('ok');
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
    t.after(() => agent.destroy());
    const get = () =>
      new Promise<void>((resolve, reject) => {
        http.get(server.url, { agent }, (res) => res.resume().on('end', resolve)).on('error', reject);
      });
    let left = 20_000;
    const worker = async () => {
      while (left-- > 0) await get();
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    await record.flush();
    const { otherPoints: _, ...counted } = stats();
    assert.deepEqual(counted, {
      received: 20_000,
      kept: 20_000,
      evicted: 0,
      refused: 0,
      forwarded: 0,
      failed: 0,
    });
    assert.equal(record.stats().acknowledged, 20_000);
    await feed.until(() => feed.rows.length === 20_000);
    const sequences = new Set<number>();
    for (const chunk of feed.chunks.values()) for (const value of chunk.sequence) sequences.add(value);
    sequences.delete(0);
    assert.equal(sequences.size, 20_000);
    assert.deepEqual(
      [...feed.series.values()].map(({ tags }) => [tags.service, tags.route]),
      [['test', '/a']],
    );
  });

  test('curl with gzip', async (t) => {
    const { url, stats } = await viewer(t);
    const script = `printf 'raw-requests,method=GET application_time=0.1\\n' | gzip | curl -s -w '%{http_code}' -XPOST -H 'Content-Encoding: gzip' --data-binary @- '${url}/write?db=x'`;
    assert.equal((await run('sh', ['-c', script])).stdout, '204');
    assert.equal(stats().received, 1);
  });

  test('the client of Python', async (t) => {
    const python = '/usr/bin/python3';
    const installed = await run(python, ['-c', 'import influxdb']).then(
      () => true,
      () => false,
    );
    assert.ok(installed, 'There is no `influxdb` module for Python. Run `npm run setup` first.');
    const { url, stats } = await viewer(t);
    const script = `
from influxdb import InfluxDBClient
client = InfluxDBClient(host='127.0.0.1', port=${new URL(url).port}, database='wsgi', username='root', password='root')
print(client.ping())
client.create_database('wsgi')
print([database['name'] for database in client.get_list_database()])
points = [{'measurement': 'raw-requests', 'time': 1795337029000000000 + i, 'tags': {'hostname': 'h', 'process': 'h:1'},
           'fields': {'application_time': 0.001 * i}} for i in range(500)]
print(client.write_points(points))
print(client.write_points(points, batch_size=100, time_precision='n'))
print(client.write_points([{'measurement': 'cpu', 'fields': {'note': 'x', 'load': 0.5}}], time_precision='s'))
`;
    const { stdout } = await run(python, ['-c', script]);
    assert.equal(stdout, "1.8.10\n['requests', 'wsgi']\nTrue\nTrue\nTrue\n");
    assert.equal(stats().received, 1000);
    assert.equal(stats().otherPoints, 1);
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

  test('with a token, only who shows it', async (t) => {
    const token = 'se-cret';
    const { url, stats } = await viewer(t, { host: '0.0.0.0', token });
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    const write = (query: string, authorization?: string) =>
      ask(`${url}/write${query}`, { method: 'POST', headers: authorization ? { authorization } : {} }, LINE);
    for (const [query, authorization] of [
      ['', 'Token se-cret'],
      ['', 'Bearer se-cret'],
      ['', basic('anybody:se-cret')],
      ['?u=me&p=se-cret', undefined],
    ] as const)
      assert.equal((await write(query, authorization)).status, 204, `${query} ${authorization}`);
    for (const [query, authorization] of [
      ['', undefined],
      ['', 'Token wrong'],
      ['', 'Token '],
      ['', basic('se-cret:wrong')],
      ['?p=', undefined],
      ['?token=se-cret', undefined],
    ] as const)
      assert.equal((await write(query, authorization)).status, 401, `${query} ${authorization}`);
    assert.equal(stats().received, 4);

    assert.equal((await ask(`${url}/feed`, {})).status, 401);
    assert.equal((await ask(`${url}/`, {})).status, 401);
    assert.equal((await ask(`${url}/?token=wrong`, {})).headers['set-cookie'], undefined);
    const opened = await ask(`${url}/?token=${token}`, {});
    const [cookie = ''] = opened.headers['set-cookie'] ?? [];
    assert.match(cookie, /; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.ok(!cookie.includes(token));
    const client = await readFeed(t, url, '', { cookie: `other=1; ${cookie.split(';')[0]}` });
    await client.until(() => client.nextRow === 4);
    // A cookie is sent by the browser, whoever makes it send: it does not write.
    const byCookie = await ask(
      `${url}/write`,
      { method: 'POST', headers: { cookie: cookie.split(';')[0]! } },
      LINE,
    );
    assert.equal(byCookie.status, 401);
    assert.equal((await ask(`${url}/ping`, {})).status, 204);
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
    await sleep(2500);
    assert.ok(pages[0]!.states.length >= before + 2);
  });

  test('a page that does not read costs no memory, and misses what is gone when it reads again', async (t) => {
    const { url } = await viewer(t, { max: 4 * CHUNK_ROWS });
    const slow = await readFeed(t, url);
    const { chunks, rows } = slow;
    slow.socket.pause();
    const total = 480_000;
    for (let from = 0; from < total; from += 24_000) {
      for (let i = 0; i < 3; i++) await fill(url, from + i * 8000, from + (i + 1) * 8000);
      await sleep(110); // a page that reads is sent all of it
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
  test('passes everything on to a real InfluxDB, on the same path and as the same user', async (t) => {
    const influxd = await influxdb(t, { auth: { username: 'admin', password: 'se cret' } });
    const { url, stats } = await viewer(t, { forward: influxd.url.replace('//', '//admin:se%20cret@') });
    await post(`${url}/write?db=requests`, gzipSync(`${LINE} 1700000000000000001\n`), {
      'content-encoding': 'gzip',
    });
    await post(`${url}/write?db=requests&precision=s`, `cpu v=1 1700000000\ncpu\n`);
    const deadline = Date.now() + 10_000;
    while (stats().forwarded + stats().failed < 2 && Date.now() < deadline) await sleep(20);
    const [row] = await influxd.query('SELECT * FROM "raw-requests"', 'requests');
    assert.deepEqual([row?.time, row?.route], [1_700_000_000_000_000_001n, '/a']);
    const [cpu] = await influxd.query('SELECT * FROM cpu', 'requests');
    assert.equal(cpu?.time, 1_700_000_000_000_000_000n);
    assert.equal(stats().received, 1);
  });

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
    const deadline = Date.now() + 5000;
    while (stats().forwarded < 20 && Date.now() < deadline) await sleep(10);
    assert.equal(stats().forwarded, 20);
  });

  test('does not pass on the token of the view', async (t) => {
    const fake = await fakeInflux(t);
    const { url } = await viewer(t, { forward: fake.url.replace('//', '//:other@'), token: 'mine' });
    await post(`${url}/write?db=d&u=x&p=mine`, `${LINE} 1\n`);
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
        /^Expected `token` to be set, because `host` .* can be reached from other machines$/,
      ],
      [{ token: 'ü' }, /^Expected `token` to be ASCII/],
      [{ forward: 'localhost' }, /^Expected `forward` to be an http or https address/],
      [{ prot: 1 }, /^Unknown option `prot`/],
    ] as [ViewerOptions, RegExp][]) {
      await assert.rejects(startViewer(options), { name: 'ConfigError', message });
    }
  });

  test('says so when the port is in use', async (t) => {
    const { url } = await viewer(t);
    await assert.rejects(startViewer({ port: Number(new URL(url).port) }), {
      name: 'ConfigError',
      message: /is in use by another program: end that, or take another port/,
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
