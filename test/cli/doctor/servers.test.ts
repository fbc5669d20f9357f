import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { openDatabase } from '../../../src/cli/demo/place/database.ts';
import {
  adviceOf,
  bucket,
  examined,
  influx2,
  type Replies,
  type Reply,
  SECRET,
  scripted,
} from '../../support/cli/doctor.ts';

/** InfluxDB 2.9 that answers as its API documentation says, except for these. */
const version2 = (t: TestContext, replies: Replies) => scripted(t, { ...influx2, ...replies });

const DENIED: Reply = [401, { code: 'unauthorized', message: 'unauthorized access' }];

describe('doctor and InfluxDB 2.x', () => {
  test('says that a token that may only write is enough, and that Grafana needs another', async (t) => {
    for (const query of [DENIED, [404, { code: 'not found', message: 'no dbrp mapping' }]] as Reply[]) {
      const { url, asked } = await version2(t, {
        'GET /api/v2/buckets': [200, { buckets: [] }],
        'GET /query': query,
      });
      const report = await examined({ INFLUX_URL: url, ...bucket });
      assert.equal(report.status, 0, report.output);
      assert.match(report.found.Retention!, /^skipped not known: the token may not read the bucket$/);
      assert.match(report.found['Read back']!, /^warning not allowed, or no database is mapped/);
      assert.match(
        adviceOf(report, 'Read back'),
        /That is enough to write\. .*influx auth create --read-bucket/,
      );
      assert.ok(asked.some((question) => question === 'POST /api/v2/delete?org=o&bucket=b'));
    }
  });

  test('knows a bucket and an organization by their ids', async (t) => {
    const [id, orgID] = ['0123456789abcdef', 'fedcba9876543210'];
    const { url, asked } = await version2(t, {
      'GET /api/v2/buckets': (req) => {
        const isById = req.url!.includes(`id=${id}`) && req.url!.includes(`orgID=${orgID}`);
        const retentionRules = [{ everySeconds: 0 }];
        return [200, { buckets: isById ? [{ id, orgID, name: 'requests', retentionRules }] : [] }];
      },
    });
    const env = { INFLUX_URL: url, INFLUX_BUCKET: id, INFLUX_ORG: orgID, INFLUX_TOKEN: SECRET };
    const report = await examined(env);
    assert.equal(report.status, 0, report.output);
    assert.match(
      report.found.Bucket!,
      /0123456789abcdef is the id of "requests", by which Grafana asks for it$/,
    );
    assert.match(report.found['Read back']!, /the same point.*and removed$/);
    assert.ok(
      asked.some((question) => question.startsWith('GET /query') && question.includes('db=requests')),
    );
    assert.ok(asked.includes(`POST /api/v2/delete?orgID=${orgID}&bucketID=${id}`));
  });

  test('tells an inactive token from a wrong one, and a user of its 1.x API from a token', async (t) => {
    const { url } = await version2(t, {
      'POST /api/v2/write': [401, { code: 'unauthorized', message: 'token is inactive' }],
    });
    const inactive = await examined({ INFLUX_URL: url, ...bucket });
    assert.equal(inactive.status, 1);
    assert.match(adviceOf(inactive, 'Credentials'), /switched off.*influx auth active --id ID$/);

    const { url: other } = await version2(t, { 'POST /api/v2/write': DENIED });
    const { INFLUX_TOKEN: _, ...rest } = bucket;
    const asUser = { INFLUX_URL: other, ...rest, INFLUX_USERNAME: 'u', INFLUX_PASSWORD: SECRET };
    assert.match(
      adviceOf(await examined(asUser), 'Credentials'),
      /write to a database, not to a bucket: set INFLUX_DATABASE in place of INFLUX_BUCKET/,
    );
  });

  test('writes no point that it could not remove', async (t) => {
    const user = { INFLUX_DATABASE: 'requests', INFLUX_USERNAME: 'u', INFLUX_PASSWORD: SECRET };
    const mayNot = await version2(t, { 'GET /api/v2/buckets': DENIED, 'POST /write': [204] });
    const report = await examined({ INFLUX_URL: mayNot.url, ...user });
    assert.equal(report.status, 0, report.output);
    assert.match(
      report.found.Write!,
      /^skipped no point is written, because these credentials could not remove it/,
    );
    assert.equal(mayNot.points.length, 0);

    const found = { id: 'b1', orgID: 'o1', name: 'requests', retentionRules: [{ everySeconds: 7200 }] };
    const may = await version2(t, {
      'GET /api/v2/buckets': [200, { buckets: [found] }],
      'POST /write': [204],
    });
    const token = { INFLUX_DATABASE: 'requests', INFLUX_TOKEN: SECRET };
    const other = await examined({ INFLUX_URL: may.url, ...token });
    assert.match(other.found['Read back']!, /and removed$/);
    assert.match(other.found.Retention!, /^warning the bucket keeps points for 2 h$/);
    assert.match(adviceOf(other, 'Retention'), /says nothing when it drops some/);
    assert.ok(may.asked.includes('POST /api/v2/delete?orgID=o1&bucketID=b1'));
  });
});

describe('demo and a bucket that is not there', () => {
  test('says how to create it, on InfluxDB 2.x and on 1.8', async (t) => {
    const missing: Reply = [404, { code: 'not found', message: 'no dbrp mapping found' }];
    const { url } = await version2(t, { 'GET /query': missing });
    const why = (env: NodeJS.ProcessEnv) =>
      openDatabase(env, 'run').then(
        () => assert.fail('it was found'),
        (error: Error) => error.message,
      );
    const two = await why({ INFLUX_URL: url, ...bucket });
    assert.match(two, /has no bucket "b" yet, or the token may not read it\./);
    assert.match(two, /influx bucket create --name b --org o --retention 30d$/m);

    const old = await scripted(t, {
      'GET /ping': [204, '', { 'X-Influxdb-Version': '1.8.10' }],
      'GET /query': [200, { results: [{ error: 'database not found: d' }] }],
    });
    const one = await why({ INFLUX_URL: old.url, INFLUX_BUCKET: 'd/autogen' });
    assert.match(one, /It is a database here\. Create it with\n.*CREATE DATABASE "d"/);
  });
});

describe('doctor and servers that are not InfluxDB', () => {
  const env = (url: string) => ({ INFLUX_URL: url, INFLUX_DATABASE: 'requests' });

  test('names each database that claims to be InfluxDB, or sends no version, and what does not hold there', async (t) => {
    const servers: [name: string, ping: Reply, path: string][] = [
      ['QuestDB', [204, '', { server: 'questDB/1.0', 'X-Influxdb-Version': 'v2.7.4' }], ''],
      ['openGemini', [204, '', { 'X-Geminidb-Version': '1.3.0', 'X-Geminidb-Build': 'OSS' }], ''],
      ['GreptimeDB', [204], '/v1/influxdb'],
    ];
    for (const [name, ping, path] of servers) {
      const { url } = await scripted(t, { [`GET ${path}/ping`]: ping, [`POST ${path}/write`]: [204] });
      const report = await examined(env(url + path));
      assert.equal(report.status, 0, report.output);
      assert.equal(report.found.Server, `fine ${name}`);
      assert.match(report.found.API!, new RegExp(`^warning ${name} accepts /write, but `));
      assert.equal(report.found.Grafana, undefined);
      assert.match(report.found['Read back']!, new RegExp(`^skipped ${name} does not support InfluxQL`));
    }
  });

  test('says that requests would wait for ever at CnosDB, which answers 200', async (t) => {
    const ping: Reply = [200, { version: '2.4.3', status: 'healthy' }];
    const { url } = await scripted(t, { 'GET /api/v1/ping': ping });
    const report = await examined(env(`${url}/api/v1`));
    assert.equal(report.found.Server, 'fine CnosDB');
    assert.match(report.found.API!, /^broken CnosDB answers 200 to a write, and InfluxDB answers 204/);
  });

  test('says of a relay that it acknowledges what it has only accepted', async (t) => {
    const listener = await scripted(t, {
      'GET /ping': [204, '', { 'X-Influxdb-Version': 'Telegraf 1.37.2', 'X-Influxdb-Build': 'telegraf' }],
      'POST /api/v2/write': [204],
    });
    const named = await examined({ INFLUX_URL: listener.url, INFLUX_BUCKET: 'requests' });
    assert.equal(named.status, 0, named.output);
    assert.equal(named.found.Server, 'fine Telegraf, influxdb_v2_listener');
    assert.match(named.found.API!, /"acknowledged" means accepted by this relay.*raw-requests verify/);
    assert.match(named.found.Write!, /^fine one point is accepted, after/);

    // Telegraf's http_listener_v2 with paths = ["/write"]: it knows no other path.
    const other = await scripted(t, { 'POST /write': [204] });
    const unnamed = await examined(env(other.url));
    assert.equal(unnamed.status, 0, unnamed.output);
    assert.match(unnamed.found['Read back']!, /If it is a relay, .*"acknowledged" means accepted by it/);
    assert.match(unnamed.found.Write!, /^fine one point is accepted, after/);
  });
});
