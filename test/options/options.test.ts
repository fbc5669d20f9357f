import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { pino } from 'pino';
import { type RawRequests, rawRequests } from '../../src/index.ts';
import {
  ConfigError,
  keyOf,
  type Logger,
  type Options,
  type ResolvedOptions,
  resolveOptions,
} from '../../src/options/options.ts';
import { settings } from '../../src/options/settings.ts';

type Env = Record<string, string | undefined>;

const SERVER: Options = { url: 'http://db:8086', database: 'requests' };

/** What is wrong with these settings, in one text; wrong types are part of the matter. */
function problems(user: unknown, env: Env = {}): string {
  try {
    resolveOptions(user as Options, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, inspect(error));
    return error.message;
  }
  return '';
}

/** The line a request is sent to, with its authorization. */
function target(user: Options, env: Env = {}): string {
  const { destination } = resolveOptions(user, env);
  assert.ok(destination);
  const { url, writePath, authorization } = destination;
  return authorization === undefined ? url + writePath : `${url}${writePath} ${authorization}`;
}

const CANARY = 'cAnArY';
const garbage: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom(':', '/', '@', '?', '#', '\\', '%', '\n', '\ud800', 'a', '1', ' '),
    maxLength: 6,
  }),
);
const anything: fc.Arbitrary<unknown> = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
});

describe('defaults', () => {
  test('without any setting, nothing is recorded', () => {
    assert.deepEqual(resolveOptions({}, {}), {
      enabled: false,
      destination: undefined,
      view: undefined,
      tags: {},
      hostname: os.hostname(),
      ignore: [],
      flushIntervalMs: 1000,
      batchLines: 5000,
      maxQueueBytes: 33_554_432,
      spoolDir: undefined,
      maxSpoolBytes: 268_435_456,
      timeoutMs: 10_000,
      exitTimeoutMs: 3000,
      handleSignals: false,
      maxRoutes: 1000,
      path: false,
      queueTime: true,
      requestMetrics: true,
      processInfo: true,
      prometheus: false,
      check: false,
      concurrency: undefined,
      route: undefined,
      requestTags: undefined,
      traceId: undefined,
      logger: undefined,
      logLevel: 'warn',
    } satisfies ResolvedOptions);
  });

  test('the environment of the process is read when no other is given', (t) => {
    t.after(() => delete process.env.RAW_REQUESTS_MAX_ROUTES);
    process.env.RAW_REQUESTS_MAX_ROUTES = '7';
    assert.equal(resolveOptions().maxRoutes, 7);
  });

  test('the result is frozen, all the way down', () => {
    const resolved = resolveOptions({ ...SERVER, tags: { env: 'prod' }, ignore: ['/healthz'] }, {});
    for (const part of [resolved, resolved.destination, resolved.tags, resolved.ignore]) {
      assert.ok(Object.isFrozen(part));
    }
    const empty = resolveOptions({}, {});
    assert.ok(Object.isFrozen(empty.tags) && Object.isFrozen(empty.ignore));
  });

  test('later changes to the given options change nothing', () => {
    const tags = { env: 'prod' };
    const ignore = ['/healthz'];
    const resolved = resolveOptions({ tags, ignore }, {});
    tags.env = 'dev';
    ignore.push('/other');
    assert.deepEqual([resolved.tags, resolved.ignore], [{ env: 'prod' }, ['/healthz']]);
  });
});

describe('code and environment', () => {
  const read = (user: Options, env: Env) => resolveOptions(user, env).flushIntervalMs;
  const variable = { RAW_REQUESTS_FLUSH_INTERVAL_MS: '200' };

  test('an option given in code wins', () => assert.equal(read({ flushIntervalMs: 100 }, variable), 100));
  test('undefined in code counts as not given', () => {
    assert.equal(read({ flushIntervalMs: undefined }, variable), 200);
  });
  test('empty text in the environment counts as not set', () => {
    assert.equal(read({}, { RAW_REQUESTS_FLUSH_INTERVAL_MS: '' }), 1000);
    assert.equal(problems({}, { RAW_REQUESTS_UNKNOWN: '', RAW_REQUESTS: '' }), '');
  });
  test('a value that loses is not looked at', () => {
    assert.equal(read({ flushIntervalMs: 100 }, { RAW_REQUESTS_FLUSH_INTERVAL_MS: 'abc' }), 100);
  });

  test('the first variable wins over its alias', () => {
    const f = (env: Env, expected: unknown) => {
      const { destination, tags } = resolveOptions({}, env);
      assert.deepEqual([destination?.label, tags.service], expected);
    };
    const aliases = { INFLUX_HOST: 'http://b', INFLUX_DB: 'b', OTEL_SERVICE_NAME: 'b' };
    const first = { INFLUX_URL: 'http://a', INFLUX_DATABASE: 'a', RAW_REQUESTS_SERVICE: 'a' };
    f(aliases, ['InfluxDB at http://b (database b)', 'b']);
    f({ ...aliases, ...first }, ['InfluxDB at http://a (database a)', 'a']);
    f({ ...aliases, ...first, INFLUX_URL: '' }, ['InfluxDB at http://b (database a)', 'a']);
  });

  test('every setting can be given by each of its variables', () => {
    const texts: Env = {
      RAW_REQUESTS: 'on',
      RAW_REQUESTS_VIEW_PORT: '9999',
      RAW_REQUESTS_VIEW_TOKEN: 'sixteen-letters!',
      INFLUX_URL: 'http://db',
      INFLUX_BUCKET: '',
      RAW_REQUESTS_TAGS: 'env=prod, zone = a=b ,',
      RAW_REQUESTS_IGNORE: '/healthz, /assets/*,',
      RAW_REQUESTS_FLUSH_INTERVAL_MS: ' 10 ',
      RAW_REQUESTS_BATCH_LINES: '20000',
      RAW_REQUESTS_MAX_QUEUE_BYTES: '1048576',
      RAW_REQUESTS_SPOOL_DIR: 'spool',
      RAW_REQUESTS_MAX_SPOOL_BYTES: '1048577',
      RAW_REQUESTS_TIMEOUT_MS: '5',
      RAW_REQUESTS_EXIT_TIMEOUT_MS: '0',
      RAW_REQUESTS_HANDLE_SIGNALS: 'true',
      RAW_REQUESTS_MAX_ROUTES: '6',
      RAW_REQUESTS_REQUEST_METRICS: 'off',
      RAW_REQUESTS_PROCESS_INFO: 'off',
      RAW_REQUESTS_PROMETHEUS: 'on',
      RAW_REQUESTS_CHECK: 'on',
      RAW_REQUESTS_CONCURRENCY: '7',
      RAW_REQUESTS_PATH: 'On',
      RAW_REQUESTS_QUEUE_TIME: '0',
      RAW_REQUESTS_LOG_LEVEL: 'Silent',
    };
    const variables = Object.values(settings).flatMap(({ env }) => env);
    const env = { ...Object.fromEntries(variables.map((name) => [name, 'x'])), ...texts };
    const { destination, view, ...rest } = resolveOptions({}, env);
    assert.equal(view, undefined);
    assert.equal(destination?.writePath, '/write?db=x&rp=x&precision=ns');
    assert.deepEqual(rest, {
      enabled: true,
      tags: { env: 'prod', zone: 'a=b', service: 'x' },
      hostname: os.hostname(),
      ignore: ['/healthz', '/assets/*'],
      flushIntervalMs: 10,
      batchLines: 20_000,
      maxQueueBytes: 1_048_576,
      spoolDir: resolve('spool'),
      maxSpoolBytes: 1_048_577,
      timeoutMs: 5,
      exitTimeoutMs: 0,
      handleSignals: true,
      maxRoutes: 6,
      path: true,
      queueTime: false,
      requestMetrics: false,
      processInfo: false,
      prometheus: true,
      check: true,
      concurrency: 7,
      route: undefined,
      requestTags: undefined,
      traceId: undefined,
      logger: undefined,
      logLevel: 'silent',
    });
  });
});

describe('on and off', () => {
  test('a destination switches recording on', () => assert.equal(resolveOptions(SERVER, {}).enabled, true));

  test('RAW_REQUESTS takes the usual words, in any case', () => {
    const f = (words: string, expected: boolean) => {
      for (const word of words.split(' ')) {
        const { enabled, destination } = resolveOptions(SERVER, { RAW_REQUESTS: word });
        assert.equal(enabled, expected, word);
        assert.equal(destination !== undefined, expected, word);
      }
    };
    f('on ON true True 1', true);
    f('off Off FALSE false 0', false);
  });

  test('prometheus has requests observed without a destination, unless all is off', () => {
    const f = (env: Env) => {
      const { enabled, destination } = resolveOptions({}, { RAW_REQUESTS_PROMETHEUS: 'on', ...env });
      return [enabled, destination];
    };
    assert.deepEqual(f({}), [true, undefined]);
    assert.deepEqual(f({ RAW_REQUESTS: 'on' }), [true, undefined]);
    assert.deepEqual(f({ RAW_REQUESTS: 'off' }), [false, undefined]);
  });

  test('an unknown word is an error', () => {
    const f = (word: string) => {
      assert.equal(
        problems(SERVER, { RAW_REQUESTS: word }),
        `Expected RAW_REQUESTS to be on, off or view, got \`${word}\``,
      );
    };
    f('views');
    f('yes');
    f('onoff');
    f('2');
  });

  test('off is always a way out: nothing else is looked at', () => {
    const bad = { url: 'foo', tags: 5, flushInterval: 1, logger: {}, bucket: '\n' };
    assert.deepEqual(
      resolveOptions(bad as unknown as Options, { RAW_REQUESTS: 'off' }),
      resolveOptions({}, {}),
    );
    assert.equal(problems({ ...bad, enabled: false }, { RAW_REQUESTS_NONSENSE: '1', INFLUX_URL: 'foo' }), '');
    assert.equal(problems(5, { RAW_REQUESTS: '0' }), '');
    assert.equal(problems(null, { RAW_REQUESTS: '0' }), '');
  });

  test('code wins here too', () => {
    assert.equal(resolveOptions({ ...SERVER, enabled: true }, { RAW_REQUESTS: 'off' }).enabled, true);
    assert.equal(resolveOptions({ ...SERVER, enabled: false }, { RAW_REQUESTS: 'on' }).enabled, false);
  });

  test('on without an address says what to set', () => {
    const rest = 'is on: for example INFLUX_URL=http://localhost:8086 and INFLUX_DATABASE=requests';
    assert.equal(
      problems({}, { RAW_REQUESTS: 'on' }),
      `Expected INFLUX_URL or \`url\` to be set, because RAW_REQUESTS ${rest}`,
    );
    assert.equal(
      problems({ enabled: true }),
      `Expected INFLUX_URL or \`url\` to be set, because \`enabled\` ${rest}`,
    );
  });

  test('a token or a database alone switches nothing on', () => {
    const env = { INFLUX_TOKEN: 't', INFLUX_ORG: 'o', INFLUX_BUCKET: 'b', INFLUX_USERNAME: 'u' };
    assert.equal(resolveOptions({ database: 'requests' }, env).enabled, false);
  });
});

describe('address', () => {
  test('the base is kept as it is, without a slash at the end', () => {
    const f = (url: string, expected: string) => {
      assert.equal(resolveOptions({ ...SERVER, url }, {}).destination?.url, expected, url);
    };
    f('http://db:8086', 'http://db:8086');
    f('http://db:8086/', 'http://db:8086');
    f('https://gateway/influx', 'https://gateway/influx');
    f('https://gateway/influx//', 'https://gateway/influx');
    f('http://gateway/writer', 'http://gateway/writer');
    f('http://[::1]:8086', 'http://[::1]:8086');
    f('HTTP://DB:80?', 'http://db');
    f('http://user:secret@db:8086/x', 'http://db:8086/x');
    f(`http://db/${'/'.repeat(100_000)}x/`, `http://db/${'/'.repeat(100_000)}x`);
  });

  test('may be a Unix socket', () => {
    for (const INFLUX_URL of ['unix:/run/db.sock', 'unix:///run/db.sock']) {
      const { destination } = resolveOptions({}, { INFLUX_URL, INFLUX_DATABASE: 'd' });
      assert.equal(destination?.url, 'unix:/run/db.sock');
    }
  });

  test('a wrong one is named, with the rule', () => {
    const rule = 'to be an http or https address such as http://localhost:8086';
    const f = (url: string, expected: string) => {
      assert.equal(
        problems({}, { INFLUX_URL: url, INFLUX_DATABASE: 'd' }),
        `Expected INFLUX_URL ${expected}`,
        url,
      );
    };
    f('foo', `${rule}, got \`foo\``);
    f('localhost:8086', `${rule}, got \`localhost:8086\``);
    f('db.example.com', `${rule}, got \`db.example.com\``);
    const udp = 'to be an http or https address: UDP has no answers, so a lost request would not be known';
    f('udp://db:8089', `${udp}, got \`udp://db:8089\``);
    const socket = 'to be a Unix socket with an absolute path, such as unix:/run/influxdb.sock';
    f('unix:db.sock', `${socket}, got \`unix:…\``);
    f('unix:/run/%zz', `${socket}, got \`unix:/run/%zz\``);
    f('ftp://db', `${rule}, got \`ftp://db\``);
    f('javascript:alert(1)', `${rule}, got \`javascript:…\``);
    f('http://', `${rule}, got \`http://\``);
    f('http://db:99999', `${rule}, got \`http://db:99999\``);
    f('http://d\nb', `${rule}, got \`http://d\\nb\``);
    f('http://db?u=me&p=secret', 'to have neither a query (?) nor a fragment (#), got `http://db?…`');
    f('http://db:8086#top', 'to have neither a query (?) nor a fragment (#), got `http://db:8086#…`');
    const base =
      'to be the address of the server alone, without /write or /api/v2/write, which is added to it';
    f('http://db/write', `${base}, got \`http://db/write\``);
    f('http://db/api/v2/write/', `${base}, got \`http://db/api/v2/write/\``);
    f(`http://db:x${'y'.repeat(99)}`, `${rule}, got \`http://db:…\``);
    f(`x${'y'.repeat(99)}`, `${rule}, got \`x${'y'.repeat(59)}…\``);
  });

  test('an alias and an option are named as they were typed', () => {
    assert.match(
      problems({}, { INFLUX_HOST: 'foo', INFLUX_DB: 'd' }),
      /^Expected INFLUX_HOST to be .* got `foo`$/,
    );
    assert.match(problems({ url: 'foo', database: 'd' }), /^Expected `url` to be .* got `"foo"`$/);
    assert.match(
      problems({ url: new URL('http://me:secret@db'), database: 'd' }),
      /^Expected `url` .* got an object$/,
    );
  });

  test('credentials in it are never shown, however badly they are written', () => {
    const f = (url: string) => {
      const text = problems({ url, database: 'd' });
      assert.match(text, /^Expected `url` to [^\n]+$/, url);
      assert.doesNotMatch(text, /canary/i, url);
    };
    f('http://me:canary@db:99999');
    f('http://me:can/canary@db');
    f('http://me:1/canary@db');
    f('http://me:1?canary@db');
    f('http://me:1#canary@db');
    f('http://me:1\\canary@db');
    f('http://me:1@canary/@db');
    f('http://me:%zzcanary@db');
    f('http://me:%0acanary@db');
    f('http://ca%3Acanary:x@db');
    f('http://me:canary@db/?x');
    f('http://me:canary@db/write');
    f('http://me:canary');
    f('http://me:canary＠db');
    f('me:canary@db:8086');
    f('canary@db:8086');
    f('ftp://canary:canary@db');
    f('http://me:canary@db\n@');
    f('http:me:canary@db:x');
  });
});

describe('destination', () => {
  test('a database selects /write, a bucket /api/v2/write', () => {
    const url = 'http://db';
    const f = (user: Options, expected: string) =>
      assert.equal(target({ url, ...user }), `${url}${expected}`);
    f({ database: 'requests' }, '/write?db=requests&precision=ns');
    f(
      { database: 'a b&c=d/ü', retentionPolicy: 'a week' },
      '/write?db=a%20b%26c%3Dd%2F%C3%BC&rp=a%20week&precision=ns',
    );
    f({ database: 'd', org: 'o' }, '/write?db=d&precision=ns');
    f({ bucket: 'b&b', org: 'my org' }, '/api/v2/write?org=my%20org&bucket=b%26b&precision=ns');
    f({ bucket: 'b', retentionPolicy: 'r' }, '/api/v2/write?bucket=b&precision=ns');
  });

  test('each server gets the authorization it understands', () => {
    const f = (user: Options, expected: string | undefined) => {
      const { destination } = resolveOptions({ url: 'http://db', ...user }, {});
      assert.equal(destination?.authorization, expected);
    };
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    f({ database: 'd' }, undefined);
    f({ database: 'd', token: 't' }, 'Token t');
    f({ database: 'd', username: 'u', password: 'p:ä' }, basic('u:p:ä'));
    f({ database: 'd', username: 'u', password: 'p', token: 't' }, basic('u:p'));
    f({ database: 'd', username: 'u', token: 't' }, 'Token t');
    f({ bucket: 'b' }, undefined);
    f({ bucket: 'b', token: 't' }, 'Token t');
    f({ bucket: 'b', username: 'u', password: 'p', token: 't' }, 'Token t');
    f({ bucket: 'b', username: 'u', password: 'p' }, 'Token u:p');
    f({ bucket: 'b', username: 'u', password: 'ä' }, 'Token u:Ã¤'); // the bytes of UTF-8
    f({ bucket: 'b', username: 'u', password: 'a b' }, `Basic ${Buffer.from('u:a b').toString('base64')}`);
    f({ database: 'd', url: 'http://u:p%40%2F%20@db' }, basic('u:p@/ '));
    f({ database: 'd', url: 'http://u:p@db', username: 'v', password: 'q' }, basic('v:q'));
    f({ database: 'd', url: 'http://u@db', password: 'q' }, basic('u:q'));
  });

  test('a username without a password, or the reverse, is an error unless a token stands in', () => {
    assert.match(problems({ ...SERVER, username: 'u' }), /^Expected INFLUX_PASSWORD or `password` to be set/);
    assert.match(problems({ ...SERVER, password: 'p' }), /^Expected INFLUX_USERNAME or `username` to be set/);
    assert.match(
      problems({ ...SERVER, url: 'http://u@db' }),
      /^Expected INFLUX_PASSWORD or `password` to be set/,
    );
    assert.equal(problems({ ...SERVER, username: 'u', token: 't' }), '');
  });

  test('an address without a database or bucket is an error that names both', () => {
    assert.equal(
      problems({}, { INFLUX_URL: 'http://db' }),
      'Expected INFLUX_DATABASE or INFLUX_BUCKET (`database` or `bucket`) to be set, because INFLUX_URL is: it says where on the server to write',
    );
  });

  test('of a database and a bucket, the one in code counts', () => {
    const url = 'http://db';
    const f = (user: Options, env: Env, expected: string) =>
      assert.equal(target({ url, ...user }, env), url + expected);
    f({ database: 'd' }, { INFLUX_BUCKET: 'b' }, '/write?db=d&precision=ns');
    f({ bucket: 'b' }, { INFLUX_DATABASE: 'd' }, '/api/v2/write?bucket=b&precision=ns');
    assert.match(
      problems({ url, database: 'd', bucket: 'b' }),
      /^Expected only one of `database` and `bucket` to be set/,
    );
    const env = { INFLUX_DB: 'd', INFLUX_BUCKET: 'b' };
    assert.match(problems({ url }, env), /^Expected only one of INFLUX_DB and INFLUX_BUCKET to be set/);
  });

  test('a destination has a key of its own, whoever writes to it', () => {
    const f = (user: Options) => keyOf(resolveOptions({ url: 'http://db', ...user }, {}).destination!);
    const different: Options[] = [
      { database: 'a' },
      { database: 'b' },
      { database: 'a', retentionPolicy: 'week' },
      { bucket: 'a' },
      { bucket: 'a', org: 'o' },
      { database: 'a', url: 'http://db2' },
    ];
    assert.equal(new Set(different.map(f)).size, different.length);
    assert.equal(f({ database: 'a', url: 'http://u:p@db/' }), f({ database: 'a', token: 't' }));
  });

  test('the label names the destination without secrets', () => {
    const url = 'http://me:secret@db:8086/x';
    assert.equal(
      resolveOptions({ url, database: 'requests' }, {}).destination?.label,
      'InfluxDB at http://db:8086/x (database requests)',
    );
    assert.equal(
      resolveOptions({ url: 'http://db', bucket: 'b', token: 't' }, {}).destination?.label,
      'InfluxDB at http://db (bucket b)',
    );
  });

  test('the authorization is read by its name, and by nothing else', () => {
    const resolved = resolveOptions({ ...SERVER, token: 'canary' }, {});
    assert.equal(resolved.destination?.authorization, 'Token canary');
    for (const text of printed(resolved)) assert.doesNotMatch(text, /canary/);
    assert.deepEqual(resolved.destination?.credentials, { kind: 'token', token: 'canary' });
    assert.deepEqual(
      { ...resolved.destination },
      {
        kind: 'v1',
        url: 'http://db:8086',
        database: 'requests',
        retentionPolicy: undefined,
        endpoint: '/write',
        writePath: '/write?db=requests&precision=ns',
        label: 'InfluxDB at http://db:8086 (database requests)',
      },
    );

    assert.equal(
      structuredClone(resolved.destination).authorization,
      undefined,
      'nor sent to a worker unawares',
    );
  });

  test('what could break out of a header or an address is refused, and not shown if it is secret', () => {
    const f = (option: keyof Options, value: string, shown: string) => {
      const text = problems({ ...SERVER, database: option === 'bucket' ? undefined : 'd', [option]: value });
      assert.ok(text.startsWith(`Expected \`${option}\` to `) && text.endsWith(`, got ${shown}`), text);
      assert.doesNotMatch(text, /canary/);
    };
    const hidden = 'a value that is not shown, as it may be secret';
    for (const bad of ['canary\r\nX: y', 'canary\n', '\u0000canary', 'canary\u2028', 'canary\ud800', '']) {
      f('token', bad, hidden);
      f('username', bad, hidden);
      f('password', bad, hidden);
    }
    f('token', 'canary ü', hidden);
    f('username', 'canary:x', hidden);
    f('database', 'a\r\nb', '`"a\\r\\nb"`');
    f('bucket', '\ud800', '`"\\ud800"`');
    f('org', '\u007f', '`"\\x7f"`');
    f('retentionPolicy', '', '`""`');
    f('hostname', 'a\tb', '`"a\\tb"`');
  });
});

describe('service and tags', () => {
  const read = (user: Options) => resolveOptions(user, {}).tags;

  test('service becomes a tag', () => {
    assert.deepEqual(read({ service: 'shop', tags: { env: 'prod' } }), { env: 'prod', service: 'shop' });
  });

  test('a value can be any text', () => {
    const tags = { a: 'x,y=z "\\\n\u0000', 'b.c-D_1': '日本', constructor: 'x' };
    assert.deepEqual(read({ tags, service: 'a\nb' }), { ...tags, service: 'a\nb' });
  });

  test('an empty value leaves its tag out', () => {
    assert.deepEqual(read({ tags: { a: '', b: undefined as never, c: 'd' }, service: '' }), { c: 'd' });
    assert.deepEqual(resolveOptions({}, { RAW_REQUESTS_TAGS: 'a=,b=c' }).tags, { b: 'c' });
  });

  test('what cannot be a tag is refused', () => {
    const f = (tags: unknown, expected: string) =>
      assert.equal(problems({ tags }), `Expected \`tags\` to ${expected}`);
    const nameRule =
      'have tag names of 1 to 64 letters, digits, `_`, `.` and `-` that start with a letter or `_`, got';
    f({ '1a': 'x' }, `${nameRule} \`"1a"\``);
    f({ '': 'x' }, `${nameRule} \`""\``);
    f({ 'a b': 'x' }, `${nameRule} \`"a b"\``);
    f({ 'a\n': 'x' }, `${nameRule} \`"a\\n"\``);
    f({ ['a'.repeat(65)]: 'x' }, `${nameRule} \`"${'a'.repeat(60)}…"\``);
    f({ service: 'x' }, 'have no tag `service`, which is a setting of its own, got `"service"`');
    for (const name of ['hostname', 'route', 'time', 'sequence', 'path', 'trace_id']) {
      f({ [name]: 'x' }, `have no tag or field names of this library, got \`"${name}"\``);
    }
    f({ a: 5 }, 'have text of at most 256 characters as the value of `a`, got `5`');
    f({ a: null }, 'have text of at most 256 characters as the value of `a`, got `null`');
    f(
      { a: 'x'.repeat(257) },
      `have text of at most 256 characters as the value of \`a\`, got \`"${'x'.repeat(60)}…"\``,
    );
    f(
      Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`t${i}`, 'x'])),
      'have at most 20 tags, got `21`',
    );
    f(['a'], 'be an object of tag names and values, got an array');
    f(null, 'be an object of tag names and values, got `null`');
    f('a=b', 'be an object of tag names and values, got `"a=b"`');
    assert.equal(read({ tags: { a: 'x'.repeat(256), ['b'.repeat(64)]: 'y' } }).a?.length, 256);
  });

  test('every wrong tag is named', () => {
    assert.equal(problems({ tags: { 1: 'a', b: 2, time: 'c', d: 'e' } }).split('\n').length, 3);
  });

  test('the environment has a list of them', () => {
    const f = (text: string, expected: string) => {
      assert.equal(problems({}, { RAW_REQUESTS_TAGS: text }), `Expected RAW_REQUESTS_TAGS to ${expected}`);
    };
    f('env', 'be a list such as env=prod,zone=a, got `env`');
    f('a=b,a=c', 'have each tag only once, got `a`');
    f('route=x', 'have no tag or field names of this library, got `route`');
    f(
      '=x',
      'have tag names of 1 to 64 letters, digits, `_`, `.` and `-` that start with a letter or `_`, got ``',
    );
  });

  test('a service name is text of at most 256 characters', () => {
    const f = (service: unknown, shown: string) => {
      assert.equal(
        problems({ service }),
        `Expected \`service\` to be text of at most 256 characters, got ${shown}`,
      );
    };
    f(5, '`5`');
    f(['a'], 'an array');
    f('x'.repeat(257), `\`"${'x'.repeat(60)}…"\``);
  });
});

describe('other settings', () => {
  test('numbers have limits', () => {
    const f = (option: keyof Options, min: number, max: number) => {
      const read = (value: number) => problems({ [option]: value });
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      const error = (shown: string) => `Expected \`${option}\` to be a whole number ${range}, got ${shown}`;
      assert.equal(read(min), '');
      assert.equal(read(max), '');
      for (const bad of [min - 1, max + 1, min + 0.5, NaN, Infinity, -Infinity, 1e300]) {
        assert.equal(read(bad), error(`\`${bad}\``));
      }
      assert.equal(problems({ [option]: '1000' }), error('`"1000"`'));
      assert.equal(problems({ [option]: null }), error('`null`'));
      assert.equal(problems({ [option]: 10n }), error('a bigint'));
      assert.equal(problems({ [option]: [100] }), error('an array'));
    };
    f('flushIntervalMs', 10, 60_000);
    f('batchLines', 1, 20_000);
    f('maxQueueBytes', 1_048_576, Number.MAX_SAFE_INTEGER);
    f('timeoutMs', 1, 3_600_000);
    f('exitTimeoutMs', 0, 3_600_000);
    f('maxRoutes', 1, 100_000);
  });

  test('numbers in the environment are plain digits', () => {
    const f = (text: string, shown = text) => {
      const name = 'RAW_REQUESTS_FLUSH_INTERVAL_MS';
      const expected = `Expected ${name} to be a whole number from 10 to 60000, got \`${shown}\``;
      assert.equal(problems({}, { [name]: text }), expected);
    };
    f('abc');
    f('-1');
    f('1e3');
    f('0x64');
    f('100.5');
    f('1_000');
    f('1000ms');
    f(' ');
    f('5');
    f('9'.repeat(400), 'Infinity');
  });

  test('switches are booleans', () => {
    assert.equal(problems({ path: 'on' }), 'Expected `path` to be true or false, got `"on"`');
    assert.equal(problems({ queueTime: 1 }), 'Expected `queueTime` to be true or false, got `1`');
    assert.equal(
      problems({}, { RAW_REQUESTS_PATH: 'y' }),
      'Expected RAW_REQUESTS_PATH to be on or off, got `y`',
    );
  });

  test('ignored paths begin with / and may end in *', () => {
    const rule = 'to be a list of paths such as /healthz, or prefixes such as /assets/*';
    const f = (ignore: unknown, expected: string) => assert.equal(problems({ ignore }), expected);
    f(['/', '/*', '/a/b.c', '/%20', '/é'], '');
    f([], '');
    for (const bad of ['healthz', '', '*', '/a*b', '/a?b', '/a#b', '/a b']) {
      f([bad], `Expected \`ignore\` ${rule}, got \`"${bad}"\``);
    }
    f(['/ok', 5], `Expected \`ignore\` ${rule}, got \`5\``);
    f('/healthz', 'Expected `ignore` to be a list of at most 1000 paths, got `"/healthz"`');
    f(new Array(2 ** 32 - 1), 'Expected `ignore` to be a list of at most 1000 paths, got an array');
    assert.equal(
      problems({}, { RAW_REQUESTS_IGNORE: '/a,b' }),
      `Expected RAW_REQUESTS_IGNORE ${rule}, got \`b\``,
    );
  });

  test('a logger has the four functions', () => {
    const loggers: Logger[] = [pino({ level: 'silent' }), console];
    for (const logger of loggers) assert.equal(resolveOptions({ logger }, {}).logger, logger);
    const rule = 'Expected `logger` to be an object with the functions debug, info, warn, error, got';
    assert.equal(problems({ logger: { ...console, warn: undefined } }), `${rule} an object`);
    assert.equal(problems({ logger: true }), `${rule} \`true\``);
    assert.equal(problems({ logger: null }), `${rule} \`null\``);
  });

  test('a log level is one of seven', () => {
    const rule = 'to be one of trace, debug, info, warn, error, fatal, silent, got';
    assert.equal(problems({ logLevel: 'WARN' }), `Expected \`logLevel\` ${rule} \`"WARN"\``);
    assert.equal(
      problems({}, { RAW_REQUESTS_LOG_LEVEL: 'loud' }),
      `Expected RAW_REQUESTS_LOG_LEVEL ${rule} \`loud\``,
    );
  });

  test('a route is a function', () => {
    const route = () => '/items/:item';
    assert.equal(resolveOptions({ route }, {}).route, route);
    assert.equal(problems({ route: '/items' }), 'Expected `route` to be a function, got `"/items"`');
  });
});

describe('unknown names', () => {
  test('an option is reported with the nearest known one', () => {
    const f = (name: string, nearest: string) => {
      assert.equal(problems({ [name]: 1 }), `Unknown option \`${name}\`: did you mean \`${nearest}\`?`);
    };
    f('flushInterval', 'flushIntervalMs');
    f('batchSize', 'batchLines');
    f('URL', 'url');
    f('flush_interval_ms', 'flushIntervalMs');
    f('INFLUX_TOKEN', 'token');
    f('hostName', 'hostname');
  });

  test('a variable is reported with the nearest known one', () => {
    const f = (name: string, nearest: string) => {
      assert.equal(
        problems({}, { [name]: '1' }),
        `Unknown environment variable ${name}: did you mean ${nearest}?`,
      );
    };
    f('RAW_REQUESTS_FLUSH_INTERVAL', 'RAW_REQUESTS_FLUSH_INTERVAL_MS');
    f('RAW_REQUESTS_LOGLEVEL', 'RAW_REQUESTS_LOG_LEVEL');
    f('RAW_REQUESTS_URL', 'INFLUX_URL');
    f('RAW_REQUESTSS', 'RAW_REQUESTS');
  });

  test('variables of others are none of our business', () => {
    assert.equal(problems({}, { INFLUX_NONSENSE: '1', INFLUXD_X: '1', OTEL_X: '1', RAW_REQUEST: '1' }), '');
  });

  test('variables by which Kubernetes describes a service called raw-requests are not taken for ours', () => {
    const env = {
      RAW_REQUESTS_SERVICE_HOST: '10.0.0.1',
      RAW_REQUESTS_SERVICE_PORT: '80',
      RAW_REQUESTS_SERVICE_PORT_HTTP: '80',
      RAW_REQUESTS_PORT: 'tcp://10.0.0.1:80',
      RAW_REQUESTS_PORT_80_TCP: 'tcp://10.0.0.1:80',
      RAW_REQUESTS_PORT_80_TCP_ADDR: '10.0.0.1',
      RAW_REQUESTS_DEMO_PORT_80_TCP_PROTO: 'tcp',
    };
    assert.equal(problems({}, env), '');
  });
});

describe('errors', () => {
  test('all that is wrong is reported at once, one line each', () => {
    const user = { flushInterval: 1, batchLines: 0, url: 'foo', logger: {} };
    const env = { RAW_REQUESTS: 'look', RAW_REQUESTS_MAX_ROUTES: 'x', RAW_REQUESTS_NEW: '1' };
    const lines = problems(user, env).split('\n');
    assert.equal(lines.length, 8);
    const about = 'flushInterval NEW RAW_REQUESTS url batchLines MAX_ROUTES logger INFLUX_DATABASE'.split(
      ' ',
    );
    for (const [index, word] of about.entries()) assert.ok(lines[index]?.includes(word), lines[index]);
  });

  test('a ConfigError carries its problems', () => {
    const error = new ConfigError(['One', 'Two']);
    assert.equal(error.name, 'ConfigError');
    assert.equal(error.message, 'One\nTwo');
    assert.deepEqual(error.problems, ['One', 'Two']);
    assert.ok(Object.isFrozen(error.problems));
    assert.match(inspect(error), /^ConfigError: One\nTwo\n {4}at [^{]+$/, 'shows the problems once');
  });
});

describe('hostile input', () => {
  test('options that are no object are an error', () => {
    const f = (user: unknown, kind: string) => {
      assert.equal(problems(user), `Expected the options to be an object, got ${kind}`);
    };
    f(null, '`null`');
    f(5, 'a number');
    f('http://me:secret@db', 'a string');
    f([], 'an array');
    f(() => {}, 'a function');
  });

  test('only own properties count', (t) => {
    const polluted = Object.prototype as Record<string, unknown>;
    t.after(() => {
      delete polluted.flushIntervalMs;
      delete polluted.INFLUX_URL;
      delete polluted.RAW_REQUESTS_X;
    });
    polluted.flushIntervalMs = 50;
    polluted.INFLUX_URL = 'http://evil';
    polluted.RAW_REQUESTS_X = '1';
    const resolved = resolveOptions({}, {});
    assert.equal(resolved.flushIntervalMs, 1000);
    assert.equal(resolved.enabled, false);
    assert.equal(resolveOptions(Object.create({ maxRoutes: 5 }), {}).maxRoutes, 1000);
  });

  test('a key called __proto__ is just another unknown name', () => {
    assert.match(
      problems(JSON.parse('{"__proto__":{"enabled":true}}')),
      /^Unknown option `__proto__`: did you mean/,
    );
    assert.match(
      problems(JSON.parse('{"constructor":1,"toString":1}')),
      /^Unknown option `constructor`.*\nUnknown option/,
    );
  });

  test('getters and proxies that throw are an error', () => {
    const fail = () => {
      throw new Error('canary');
    };
    const f = (user: object, expected: RegExp) => {
      const text = problems(user);
      assert.match(text, expected);
      assert.doesNotMatch(text, /canary/);
    };
    const throwing = (name: string) => Object.defineProperty({}, name, { get: fail, enumerable: true });
    f(throwing('batchLines'), /^Expected `batchLines` to be readable, got an error when reading it$/);
    f(throwing('enabled'), /^Expected `enabled` to be readable/);
    f({ tags: throwing('a') }, /^Expected `tags` to be readable/);
    f({ logger: throwing('debug') }, /^Expected `logger` to be readable/);
    f({ ignore: new Proxy([], { get: fail }) }, /^Expected `ignore` to be readable/);
    f(new Proxy({}, { ownKeys: fail }), /^Expected the options to be a readable object/);
    f(new Proxy({}, { getOwnPropertyDescriptor: fail }), /^Expected `enabled` to be readable/);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    f(proxy, /^Expected the options to be a readable object/);
    f({ tags: proxy }, /^Expected `tags` to be readable/);
    f({ url: proxy, database: 'd' }, /^Expected `url` to be readable/);
  });

  test('names and values cannot forge lines of the message', () => {
    const lines = problems(
      { 'a\nExpected': 1, logLevel: 'x\u2028y\u202e' },
      { 'RAW_REQUESTS_\nX': '1' },
    ).split(/[\n\u2028]/);
    assert.equal(lines.length, 3);
    assert.ok(lines.every((line) => !line.includes('\u202e')));
  });

  test('whatever is given, only a ConfigError is thrown and no secret is shown', () => {
    const variables = Object.values(settings).flatMap(({ env }) => env);
    const secret = fc.tuple(garbage, garbage).map(([before, after]) => `${before}${CANARY}${after}`);
    const address = fc
      .tuple(
        fc.constantFrom('http://', 'https:', 'HTTP:\\\\', '', 'ftp://'),
        fc.oneof(garbage, secret),
        secret,
        fc.constantFrom('@', '%40@'),
        garbage,
      )
      .map(([scheme, user, password, at, host]) => `${scheme}${user}:${password}${at}${host || 'db'}`);
    const plausible = fc.oneof(
      garbage,
      fc.constantFrom('on', '1', '1000', 'a=b', '/x,/y*', 'http://db', 'warn'),
    );
    const env = fc
      .tuple(
        fc.dictionary(
          fc.oneof(
            fc.constantFrom(...variables),
            garbage.map((text) => `RAW_REQUESTS_${text}`),
          ),
          plausible,
        ),
        fc.record(
          { INFLUX_TOKEN: secret, INFLUX_PASSWORD: secret, INFLUX_URL: address },
          { requiredKeys: [] },
        ),
      )
      .map(([any, secrets]) => ({ ...any, ...secrets }));
    const user = fc
      .tuple(
        fc.dictionary(
          fc.oneof(fc.constantFrom(...Object.keys(settings)), fc.string()),
          fc.oneof(plausible, anything),
        ),
        fc.record({ token: secret, password: secret, url: address }, { requiredKeys: [] }),
      )
      .map(([any, secrets]) => ({ ...any, ...secrets }));

    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(
        fc.oneof({ weight: 5, arbitrary: user }, { weight: 1, arbitrary: anything }),
        env,
        (options, variables) => {
          let result: unknown;
          try {
            result = resolveOptions(options as Options, variables);
          } catch (error) {
            assert.ok(error instanceof ConfigError, inspect(error));
            assert.ok(
              error.problems.every((line) => /^(?:Expected|Unknown) [^\p{Cc}]+$/u.test(line)),
              inspect(error),
            );
            result = error;
          }
          for (const text of printed(result)) assert.ok(!text.includes(CANARY), text);
        },
      ),
      { numRuns: 1000 },
    );
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
  });
});

describe('settings that are accepted', () => {
  test('never harm a request, whatever they are and whatever the functions among them do', async () => {
    const boom = () => {
      throw new Error('on purpose');
    };
    const hooks = [
      boom,
      async () => boom(),
      () => new Promise(() => {}),
      () => new Proxy({}, { get: boom, ownKeys: boom }),
      () => ({ toString: boom, a: Symbol('x'), __proto__: null }),
      () => 'x'.repeat(100_000),
      () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    ];
    const hook = fc.constantFrom<unknown[]>(...hooks, ...hooks.map((f) => async () => f()));
    const accepted = fc.record(
      {
        route: hook,
        requestTags: hook,
        traceId: hook,
        logger: fc.record({ debug: hook, info: hook, warn: hook, error: hook }),
        tags: fc.dictionary(fc.constantFrom('a', 'b_c'), garbage),
        service: garbage,
        ignore: fc.constantFrom<string[]>([], ['/a'], ['/*']),
        path: fc.boolean(),
        batchLines: fc.constantFrom(1, 20_000),
        maxRoutes: fc.constantFrom(1, 100_000),
        flushIntervalMs: fc.constantFrom(10, 60_000),
        timeoutMs: fc.constantFrom(1, 3_600_000),
        maxQueueBytes: fc.constantFrom(2 ** 20, Number.MAX_SAFE_INTEGER),
        maxSpoolBytes: fc.constantFrom(2 ** 20, Number.MAX_SAFE_INTEGER),
        spoolDir: fc.constant('/dev/null/spool'),
      },
      { requiredKeys: [] },
    );
    const before = Object.getOwnPropertyNames(Object.prototype);
    let served = 0;
    await fc.assert(
      fc.asyncProperty(accepted, async (given) => {
        let record: RawRequests;
        try {
          record = rawRequests({
            url: 'http://127.0.0.1:1',
            database: 'd',
            exitTimeoutMs: 0,
            logLevel: 'silent',
            ...given,
          } as Options);
        } catch (error) {
          assert.ok(error instanceof ConfigError, inspect(error));
          return;
        }
        const server = http.createServer((req, res) => {
          record(req, res);
          res.end('fine');
        });
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        // A rejection that nobody handles would end this process, and with it the test.
        assert.equal(await (await fetch(`http://127.0.0.1:${port}/some?query`)).text(), 'fine');
        served++;
        server.close();
        server.closeAllConnections();
        await record.close();
      }),
      { numRuns: 40, seed: 7 },
    );
    assert.ok(served > 20, `${served} were accepted`);
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
});

/** Every usual way in which a value ends up in a log. */
function printed(value: unknown): string[] {
  return [
    String(value),
    inspect(value, { depth: 9, showHidden: true }),
    value instanceof Error
      ? `${value.stack}`
      : JSON.stringify({ ...(value as ResolvedOptions), logger: undefined }),
  ];
}
