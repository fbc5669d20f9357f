import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { judge } from '../../src/export/send/judge.ts';
import { type Options, type RawRequests, rawRequests } from '../../src/index.ts';
import { sender } from '../support/export/sender.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import { listen } from '../support/server.ts';
import { until } from '../support/within.ts';

function assertConserved(recorder: RawRequests): void {
  const { recorded, acknowledged, queued, spooled, dropped, unknown, rejected } = recorder.stats();
  assert.equal(recorded, acknowledged + queued + spooled + dropped + unknown + rejected);
}

/** Answers each write with the next of `answers`, then stores. */
function script(
  influx: FakeInflux,
  answers: [status: number, body?: string, headers?: Record<string, string>][],
): void {
  influx.answer = (_write, res, attempt) => {
    const [status, body = '', headers = {}] = answers[attempt - 1] ?? [204];
    res.writeHead(status, headers).end(body);
  };
}

describe('a write', () => {
  test('goes to /write with Basic credentials for a database', async (t) => {
    const influx = await fakeInflux(t);
    const { recorder, request } = await sender(t, {
      url: influx.url,
      retentionPolicy: 'a week',
      username: 'me',
      password: 'p w',
    });
    await request(1);
    await recorder.flush();
    const [{ path, headers }] = influx.writes as [FakeInflux['writes'][0]];
    const { pathname, searchParams } = new URL(path, influx.url);
    assert.deepEqual(
      [pathname, Object.fromEntries(searchParams)],
      ['/write', { db: 'requests', rp: 'a week', precision: 'ns' }],
    );
    assert.equal(headers.authorization, `Basic ${Buffer.from('me:p w').toString('base64')}`);
    assert.equal(headers['content-encoding'], 'gzip');
  });

  test('goes to /api/v2/write with a token for a bucket', async (t) => {
    const influx = await fakeInflux(t);
    const { recorder, request } = await sender(t, {
      url: `${influx.url}/`,
      database: undefined,
      bucket: 'b & c',
      org: 'o',
      token: 'tt',
    } as Options);
    await request(1);
    await recorder.flush();
    const [{ path, headers }] = influx.writes as [FakeInflux['writes'][0]];
    const { pathname, searchParams } = new URL(path, influx.url);
    assert.deepEqual(
      [pathname, Object.fromEntries(searchParams)],
      ['/api/v2/write', { org: 'o', bucket: 'b & c', precision: 'ns' }],
    );
    assert.equal(headers.authorization, 'Token tt');
  });

  test('has at most batchLines lines, and batches share one connection', async (t) => {
    const influx = await fakeInflux(t);
    const { recorder, request } = await sender(t, {
      url: influx.url,
      batchLines: 10,
      flushIntervalMs: 60_000,
    });
    await request(35);
    await recorder.flush();
    assert.deepEqual(
      influx.writes.map(({ points }) => points.length),
      [10, 10, 10, 5],
    );
    assert.equal(influx.sockets(), 1);
  });
});

describe('a database that does not take a write', () => {
  test('gets it again until it does: after 503, 500, 429, 404 and 401', async (t) => {
    const influx = await fakeInflux(t);
    script(influx, [
      [503],
      [500, 'timeout'],
      [429],
      [404, '{"error":"database not found: \\"requests\\""}'],
      [401],
    ]);
    const { recorder, request } = await sender(t, { url: influx.url });
    await request(1);
    // Each flush is a reason to try at once.
    while (recorder.stats().acknowledged === 0)
      await Promise.race([
        recorder.flush(),
        once(process, 'never', { signal: AbortSignal.timeout(50) }).catch(() => {}),
      ]);
    assert.equal(influx.writes.length, 6);
    assert.deepEqual(recorder.stats(), {
      recorded: 1,
      acknowledged: 1,
      queued: 0,
      spooled: 0,
      dropped: 0,
      unknown: 0,
      rejected: 0,
      hookErrors: 0,
      internalErrors: 0,
      queueTimeErrors: 0,
      recovered: 0,
    });
  });

  test('gets it when it comes up', async (t) => {
    const probe = net.createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const { recorder, request } = await sender(t, { url: `http://127.0.0.1:${port}` });
    await request(20);
    assert.deepEqual([recorder.stats().recorded, recorder.stats().acknowledged], [20, 0]);
    assertConserved(recorder);
    const influx = await fakeInflux(t, port);
    await recorder.flush();
    assert.equal(influx.points.length, 20);
    assert.equal(recorder.stats().acknowledged, 20);
  });

  test('because of some lines gets all the others', async (t) => {
    const influx = await fakeInflux(t);
    // As InfluxDB 2 and 3 do: one line that they cannot take, and nothing of the write is stored.
    const bad = new Set(['3', '4', '90']);
    influx.answer = ({ points }, res) => {
      const refused = points.some(({ fields }) => bad.has(String(fields.sequence)));
      if (refused) res.writeHead(400).end('{"code":"invalid","message":"unable to parse"}');
      else res.writeHead(204).end();
    };
    const { recorder, request } = await sender(t, { url: influx.url, flushIntervalMs: 60_000 });
    await request(100);
    await recorder.flush();
    assert.deepEqual(recorder.stats(), {
      ...recorder.stats(),
      recorded: 100,
      acknowledged: 97,
      queued: 0,
      rejected: 3,
    });
    const stored = influx.points.map(({ fields }) => String(fields.sequence));
    assert.equal(new Set(stored).size, 97);
    assert.ok(!stored.some((sequence) => bad.has(sequence)));
  });

  test('because it refuses everything is not asked for every line', async (t) => {
    const influx = await fakeInflux(t);
    let refuses = true;
    influx.answer = (_write, res) => res.writeHead(refuses ? 422 : 204).end();
    const { recorder, request } = await sender(t, { url: influx.url, flushIntervalMs: 60_000 });
    await request(1000);
    await recorder.flush(); // which waits for a time, and there are hundreds of writes
    await until(() => recorder.stats().rejected === 1000, 'all lines are rejected');
    assert.ok(influx.writes.length < 600, `${influx.writes.length} writes for the first batch`);
    const before = influx.writes.length;
    await request(1000);
    await recorder.flush(); // which waits for a time, and there are hundreds of writes
    await until(() => recorder.stats().rejected === 2000, 'all lines are rejected');
    assert.ok(influx.writes.length - before < 50, `${influx.writes.length - before} writes for the second`);
    refuses = false;
    await request(10);
    await recorder.flush();
    assert.equal(recorder.stats().acknowledged, 10);
    assertConserved(recorder);
  });

  test('because it is too large gets it in smaller pieces', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = ({ points }, res) => res.writeHead(points.length > 30 ? 413 : 204).end();
    const { recorder, request } = await sender(t, { url: influx.url, flushIntervalMs: 60_000 });
    await request(100);
    await recorder.flush();
    assert.equal(recorder.stats().acknowledged, 100);
    assert.deepEqual(
      influx.points.map(({ fields }) => Number(fields.sequence)),
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });

  test('because it is none at all gets it again when it is one', async (t) => {
    const influx = await fakeInflux(t);
    script(influx, [[200, '<html>'], [307, '', { location: 'http://127.0.0.1:1' }], [405], [451]]);
    const { recorder, request } = await sender(t, { url: influx.url });
    await request(1);
    while (recorder.stats().acknowledged === 0) {
      await Promise.race([
        recorder.flush(),
        once(process, 'never', { signal: AbortSignal.timeout(50) }).catch(() => {}),
      ]);
    }
    assert.equal(influx.writes.length, 5);
    assertConserved(recorder);
  });

  test('with an answer without an end costs neither memory nor time', async (t) => {
    const influx = await fakeInflux(t);
    const chunk = `{"error":"${'x'.repeat(100_000)}`;
    let sent = 0;
    influx.answer = (_write, res, attempt) => {
      if (attempt > 1) return void res.writeHead(204).end();
      res.writeHead(503, { 'content-type': 'application/json' });
      const more = () => {
        while (!res.destroyed && res.write(chunk)) sent += chunk.length;
      };
      res.on('drain', more);
      more();
    };
    const { request } = await sender(t, { url: influx.url });
    await request(1);
    await influx.stored(1);
    assert.ok(sent < 20e6, `${sent} bytes taken`);
  });

  test('because it is too large, after an attempt that may have stored it, leaves the outcome unknown', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = (_write, res, attempt) => res.writeHead(attempt === 1 ? 500 : 413).end();
    const { recorder, request } = await sender(t, { url: influx.url, flushIntervalMs: 60_000 });
    await request(3);
    while (recorder.stats().queued > 0) await recorder.flush();
    assert.deepEqual(recorder.stats(), { ...recorder.stats(), acknowledged: 0, rejected: 0, unknown: 3 });
  });

  test('and takes a part of it is believed', async (t) => {
    const influx = await fakeInflux(t);
    script(influx, [[400, '{"error":"partial write: field type conflict: input field \\"x\\" dropped=2"}']]);
    const { recorder, request } = await sender(t, { url: influx.url, flushIntervalMs: 60_000 });
    await request(5);
    await recorder.flush();
    assert.deepEqual(recorder.stats(), { ...recorder.stats(), acknowledged: 3, rejected: 2, queued: 0 });
  });

  test('and never answers gets no second connection: a timed-out one is closed first', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = (_write, res, attempt) => void (attempt > 3 && res.writeHead(204).end());
    const { recorder, request } = await sender(t, { url: influx.url, timeoutMs: 100 });
    await request(1);
    let most = 0;
    while (recorder.stats().acknowledged === 0) {
      await recorder.flush();
      most = Math.max(most, influx.sockets());
    }
    assert.equal(influx.writes.length, 4);
    assert.equal(most, 1);
  });

  test('costs memory up to maxQueueBytes, then the oldest that is not in flight', async (t) => {
    const influx = await fakeInflux(t);
    let held: (() => void) | undefined;
    influx.answer = (_write, res, attempt) => {
      if (attempt === 1) held = () => res.writeHead(204).end();
      else res.writeHead(204).end();
    };
    // Long, random paths do not compress: 1 MiB holds some hundreds of them.
    const { recorder, request } = await sender(t, {
      url: influx.url,
      maxQueueBytes: 1 << 20,
      timeoutMs: 60_000, // the attempt that is held must not be given up
      batchLines: 1,
      path: true,
      tags: {},
      route: () => undefined,
    });
    const { url } = await listen(t, (req, res) => {
      recorder(req, res);
      res.end();
    });
    await request(1);
    while (held === undefined) await new Promise(setImmediate);
    const path = () => Buffer.from(crypto.getRandomValues(new Uint8Array(720))).toString('base64url');
    for (let i = 0; i < 2000; i++) await (await fetch(`${url}/${path()}`)).text();
    held();
    await recorder.flush();
    const { recorded, acknowledged, dropped } = recorder.stats();
    assert.equal(recorded, 2001);
    assert.ok(dropped > 100, `dropped ${dropped}`);
    assert.equal(acknowledged, influx.points.length);
    assertConserved(recorder);
    // What was in flight is there, and of the rest the newest.
    const sequences = influx.points.map(({ fields }) => Number(fields.sequence)).sort((a, b) => a - b);
    assert.equal(sequences[0], 1);
    const gaps = sequences.filter((sequence, index) => index > 0 && sequence !== sequences[index - 1]! + 1);
    assert.ok(gaps.length <= 2, `${gaps}`);
    assert.equal(sequences.at(-1), recorded);
  });
});

describe('the log', () => {
  test('says that the database does not take requests, and shows no secret', async (t) => {
    const influx = await fakeInflux(t);
    script(influx, [[503, 'busy\u001b[31m\r\n'], [503], [503]]);
    const lines: string[] = [];
    const log = (_fields: object, message: string) => void lines.push(message);
    const { recorder, request } = await sender(t, {
      url: influx.url,
      username: 'me',
      password: 'canary-1',
      logger: { debug: log, info: log, warn: log, error: log },
    });
    await request(2);
    while (recorder.stats().queued > 0) await recorder.flush();
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(
      lines[0]!,
      /^InfluxDB at http:\/\/127\.0\.0\.1:\d+ \(database requests\) does not take requests since [\d-]+T[\d:.]+Z: 503 Service Unavailable: busy\\x1b\[31m; \d+ requests waiting, nothing lost$/,
    );
    await recorder.close();
    assert.match(lines[1]!, /takes requests again: \d+ delivered, 0 waiting$/);
    assert.ok(!lines.join().includes('canary'));
  });

  test('says nothing when a kept connection turns out to be closed, and a new one works', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = (_write, res, attempt) => {
      if (attempt === 2) res.socket!.destroy();
      else res.writeHead(204).end();
    };
    const lines: string[] = [];
    const log = (_fields: object, message: string) => void lines.push(message);
    const { recorder, request } = await sender(t, {
      url: influx.url,
      logger: { debug: log, info: log, warn: log, error: log },
    });
    for (let round = 0; round < 3; round++) {
      await request(1);
      await recorder.flush();
    }
    assert.equal(influx.points.length, 3);
    assert.deepEqual(lines, []);
  });
});

test('an attempt that ends at a wrong certificate has sent nothing', () => {
  const isUncertain = (code: string) => {
    const verdict = judge({ error: Object.assign(new Error('on purpose'), { code }) }, 0);
    return verdict.kind === 'retry' && verdict.maybeStored;
  };
  const codes = ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'];
  for (const code of [...codes, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ECONNREFUSED'])
    assert.equal(isUncertain(code), false, code);
  assert.ok(isUncertain('ECONNRESET'));
});

test('credentials that are sent unencrypted to another host are warned of, once', async () => {
  const lines: string[] = [];
  const warn = (_fields: object, message: string) => void lines.push(message);
  const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
  const said = async (options: Options) => {
    lines.length = 0;
    const recorders = [1, 2].map(() => rawRequests({ database: 'requests', logger, ...options }));
    for (const recorder of recorders) await recorder.close();
    return [...lines];
  };
  const token = 'a token';
  assert.deepEqual(await said({ url: 'http://db.example:8086', token }), [
    'the credentials for InfluxDB at http://db.example:8086 (database requests) are sent unencrypted: use https, or a network that nobody else is on',
  ]);
  assert.equal((await said({ url: 'http://me:pw@192.0.2.1:8086' })).length, 1);
  for (const url of [
    'http://localhost:8086',
    'http://127.0.0.2:8086',
    'http://[::1]:8086',
    'https://db.example',
  ])
    assert.deepEqual(await said({ url, token }), [], url);
  assert.deepEqual(await said({ url: 'http://db.example:8086' }), [], 'there is nothing to hide');
});

test('stats always add up, and flush waits for what was recorded before it', async (t) => {
  const influx = await fakeInflux(t);
  const { recorder, request } = await sender(t, { url: influx.url, batchLines: 3 });
  const watch = setInterval(() => assertConserved(recorder), 1);
  t.after(() => clearInterval(watch));
  for (let round = 1; round <= 10; round++) {
    await request(10);
    await recorder.flush();
    assert.equal(influx.points.length, round * 10);
    assert.deepEqual(recorder.stats(), {
      ...recorder.stats(),
      recorded: round * 10,
      acknowledged: round * 10,
      queued: 0,
    });
  }
});
