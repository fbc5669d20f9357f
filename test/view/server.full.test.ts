import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { rawRequests } from '../../src/index.ts';
import { influxdb } from '../support/real/influx.ts';
import { listen } from '../support/server.ts';
import { readFeed } from '../support/view/feed.ts';
import { LINE, post, viewer } from '../support/view/viewer.ts';
import { until } from '../support/within.ts';

const run = promisify(execFile);

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
      notRequests: 0,
      forwarded: 0,
      failed: 0,
    });
    assert.equal(record.stats().acknowledged, 20_000);
    await feed.until(() => feed.rows.length === 20_000);
    const sequences = new Set<number>();
    for (const chunk of feed.chunks.values()) for (const value of chunk.sequence.low) sequences.add(value);
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

test('for the viewer, a body of 100 MB is refused early, with or without a length, and compressed', {
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

test('the viewer passes everything on to a real InfluxDB, on the same path and as the same user', async (t) => {
  const influxd = await influxdb(t, { auth: { username: 'admin', password: 'se cret' } });
  const { url, stats } = await viewer(t, { forward: influxd.url.replace('//', '//admin:se%20cret@') });
  await post(`${url}/write?db=requests`, gzipSync(`${LINE} 1700000000000000001\n`), {
    'content-encoding': 'gzip',
  });
  await post(`${url}/write?db=requests&precision=s`, `cpu v=1 1700000000\ncpu\n`);
  await until(() => stats().forwarded + stats().failed === 3, 'all is passed on');
  const [row] = await influxd.query('SELECT * FROM "raw-requests"', 'requests');
  assert.deepEqual([row?.time, row?.route], [1_700_000_000_000_000_001n, '/a']);
  const [cpu] = await influxd.query('SELECT * FROM cpu', 'requests');
  assert.equal(cpu?.time, 1_700_000_000_000_000_000n);
  // The line that is none is the InfluxDB's to judge as well.
  const { received, refused, forwarded, failed } = stats();
  assert.deepEqual([received, refused, forwarded, failed], [1, 1, 2, 1]);
});
