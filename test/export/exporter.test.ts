import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Exporter, type ExporterEvents, type ExporterOptions } from '../../src/export/exporter.ts';
import { compress, type Lines } from '../../src/export/lines/lines.ts';
import { messageIn } from '../../src/export/send/answer.ts';
import { judge } from '../../src/export/send/judge.ts';
import type { DeliveryResult } from '../../src/record/ledger.ts';
import { temporaryFolder } from '../support/spooling.ts';

type Answer = (lines: string[], res: http.ServerResponse) => unknown;

/** A server that answers as it is told, and an exporter that sends to it, with retries at once. */
async function exporting(
  t: TestContext,
  answer: Answer,
  options: Partial<ExporterOptions> = {},
  events: Partial<ExporterEvents> = {},
) {
  const server = http.createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    answer(linesOf(Buffer.concat(chunks)), res);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const destination = {
    url: `http://127.0.0.1:${port}`,
    writePath: '/write',
    authorization: undefined,
    isView: false,
  };
  const exporter = new Exporter(
    {
      destination,
      timeoutMs: 5000,
      maxQueueBytes: 1 << 20,
      retryDelays: { initialMs: 1, maxMs: 4 },
      ...options,
    },
    events,
  );
  t.after(() => {
    exporter.close();
    server.close();
    server.closeAllConnections();
  });
  const resultOf = (lines: Lines) =>
    new Promise<DeliveryResult>((settled) => exporter.export(lines, { settled }));
  return { exporter, destination, resultOf };
}

function linesOf(body: Buffer): string[] {
  try {
    return gunzipSync(body).toString().trimEnd().split('\n');
  } catch {
    return [];
  }
}

const lines = (from: number, count: number): Lines => {
  const text = Array.from({ length: count }, (_, i) => `m v=${from + i} ${from + i}\n`).join('');
  return compress(Buffer.from(text), count);
};

const sumOf = ({ acknowledged, rejected, dropped, unknown }: DeliveryResult) =>
  acknowledged + rejected + dropped + unknown;

/** Whatever a server may say: JSON that is no message, nested without end, text that is none. */
const said: fc.Arbitrary<Buffer> = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc
    .constantFrom('error', 'message', 'toString', '__proto__', 'constructor')
    .chain((key) => fc.jsonValue().map((value) => Buffer.from(JSON.stringify({ [key]: value })))),
  fc.constantFrom(
    Buffer.from('{"error":{"toString":1}}'),
    Buffer.from('{"message":{"toString":1,"valueOf":2}}'),
    Buffer.from('{"error":{"__proto__":null,"toString":0}}'),
    Buffer.from('{"__proto__":{"error":"x"},"error":["__proto__"]}'),
    Buffer.from(`{"error":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
    Buffer.from('['.repeat(30_000)),
    Buffer.from('{"error":"partial write: x dropped=99999999999999999999"}'),
    Buffer.from('{"error":"partial write: unable to parse \'m dropped=3\': bad dropped=-1"}'),
    Buffer.from(`partial write: ${'partial write: dropped='.repeat(3000)}`),
    Buffer.from('null'),
    Buffer.from('\u202e\u001b[2J\r\n\0'),
  ),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const status = fc.oneof(fc.integer({ min: 200, max: 599 }), fc.constantFrom(200, 204, 400, 413, 422, 500));

describe('an answer is data', () => {
  test('of which the reason is text, and the verdict one of five, whatever it is', () => {
    fc.assert(
      fc.property(status, said, fc.option(fc.string(), { nil: undefined }), (code, bytes, retryAfter) => {
        const verdict = judge({ status: code, message: messageIn(bytes.toString()), retryAfter }, Date.now());
        assert.match(verdict.kind, /^(?:stored|partial|retry|split|refused)$/);
        if (verdict.kind === 'stored') return;
        assert.equal(typeof verdict.reason, 'string');
        assert.match(verdict.reason, /^[^\p{Cc}\p{Cf}]{1,300}$/u);
        if (verdict.kind === 'partial') assert.ok(verdict.lines > 0 && Number.isSafeInteger(verdict.lines));
        if (verdict.kind === 'retry') assert.ok(verdict.afterMs >= 0);
      }),
      { numRuns: Number(process.env.RUNS ?? 3000) },
    );
  });

  test('after which each line has a result, and the next lines are delivered', async (t) => {
    let next: { code: number; body: Buffer; type: string | undefined } | undefined;
    const { resultOf } = await exporting(
      t,
      (_lines, res) => {
        if (next === undefined) return void res.writeHead(204).end();
        const { code, body, type } = next;
        res.writeHead(code, type === undefined ? {} : { 'content-type': type });
        res.end(body);
      },
      { maxAttempts: 1 },
    );
    await fc.assert(
      fc.asyncProperty(
        status,
        said,
        fc.constantFrom(undefined, 'application/json', 'text/html', 'application/json; charset=utf-16'),
        fc.integer({ min: 1, max: 4 }),
        async (code, body, type, count) => {
          next = { code, body, type };
          assert.equal(sumOf(await resultOf(lines(0, count))), count);
          next = undefined;
          assert.equal((await resultOf(lines(0, 1))).acknowledged, 1);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of which a part of a line that it quotes is not believed', () => {
    const partial = (text: string) => {
      const verdict = judge({ status: 400, message: text }, 0);
      return verdict.kind === 'partial' ? verdict.lines : verdict.kind;
    };
    assert.equal(partial('partial write: field type conflict: input field "x" dropped=2'), 2);
    assert.equal(partial('failure writing points to database: partial write: x dropped=2'), 2);
    assert.equal(partial('partial write: x dropped=2 for database: a for retention policy: b'), 2);
    assert.equal(partial("unable to parse 'm partial write: dropped=7': bad"), 'refused');
    assert.equal(partial("partial write: unable to parse 'm v= dropped=7': bad dropped=0"), 'refused');
  });
});

describe('an exporter', () => {
  test('sends lines in their order, one chunk at a time, and tells the result of each chunk', async (t) => {
    const seen: string[] = [];
    const { resultOf } = await exporting(t, (got, res) => {
      seen.push(...got);
      res.writeHead(204).end();
    });
    const results = await Promise.all([0, 3, 6].map((from) => resultOf(lines(from, 3))));
    assert.deepEqual(
      seen,
      Array.from({ length: 9 }, (_, i) => `m v=${i} ${i}`),
    );
    for (const result of results) {
      assert.deepEqual(result, { acknowledged: 3, rejected: 0, dropped: 0, unknown: 0, reason: undefined });
    }
  });

  test('gives the database all lines that are not too many for it, however many that are', async (t) => {
    let requests = 0;
    const { resultOf } = await exporting(t, (got, res) => {
      requests++;
      res.writeHead(got.length > 2 ? 413 : 204).end();
    });
    assert.equal((await resultOf(lines(0, 1200))).acknowledged, 1200);
    assert.ok(requests > 1000);
  });

  test('does not ask a database that refuses every line for each of them', async (t) => {
    let requests = 0;
    let code = 413;
    const { resultOf } = await exporting(t, (_got, res) => {
      requests++;
      res.writeHead(code).end('no');
    });
    for (code of [413, 400]) {
      requests = 0;
      assert.equal((await resultOf(lines(0, 3000))).rejected, 3000);
      assert.ok(requests <= 600, String(requests));
    }
  });

  test('tries at once when it is flushed, and once more where that was during an attempt that fails', {
    timeout: 60_000,
  }, async (t) => {
    const attempts: http.ServerResponse[] = [];
    const events = new EventEmitter();
    const { exporter, resultOf } = await exporting(
      t,
      (_lines, res) => events.emit('attempt', attempts.push(res)),
      { retryDelays: { initialMs: 600_000, maxMs: 600_000 } },
      { state: (up) => void events.emit(up ? 'up' : 'down') },
    );
    const attempt = async (number: number) => {
      while (attempts.length < number) await once(events, 'attempt');
      return attempts[number - 1]!;
    };
    const down = once(events, 'down');
    const first = resultOf(lines(0, 1));
    (await attempt(1)).writeHead(503).end();
    await down;
    exporter.flush();
    await attempt(2);
    const second = resultOf(lines(1, 1));
    exporter.flush();
    attempts[1]!.writeHead(503).end();
    (await attempt(3)).writeHead(204).end();
    (await attempt(4)).writeHead(204).end();
    assert.deepEqual([(await first).acknowledged, (await second).acknowledged], [1, 1]);
  });

  test('gives up after so many failed attempts in a row, if it was told to', async (t) => {
    let requests = 0;
    const states: boolean[] = [];
    const { resultOf } = await exporting(
      t,
      (_got, res) => {
        requests++;
        res.writeHead(requests === 3 ? 500 : 503).end('busy');
      },
      { maxAttempts: 5 },
      { state: (up) => states.push(up) },
    );
    const [first, second] = await Promise.all([resultOf(lines(0, 2)), resultOf(lines(2, 3))]);
    assert.equal(requests, 5);
    // One of the five may have stored the first chunk; the second was never sent.
    assert.deepEqual(first, {
      acknowledged: 0,
      rejected: 0,
      dropped: 0,
      unknown: 2,
      reason: '503 Service Unavailable: busy',
    });
    assert.deepEqual(second, { ...first, dropped: 3, unknown: 0 });
    assert.deepEqual(states, [false]);
  });

  test('survives lines that are damaged, holders that throw, and a disk that goes', async (t) => {
    const dir = temporaryFolder(t);
    let code = 400;
    const { exporter, resultOf } = await exporting(t, (_got, res) => res.writeHead(code).end(), {
      spool: { dir: `${dir}/\0`, maxBytes: 1 << 20 },
    });
    const torn = { count: 2, body: lines(0, 2).body.subarray(0, -10) };
    const { rejected, dropped, reason = '' } = await resultOf(torn);
    assert.deepEqual([rejected, dropped], [0, 2]);
    assert.match(reason, /^cannot be delivered: /);
    exporter.export(lines(0, 1), {
      settled: () => {
        throw new Error('on purpose');
      },
    });
    code = 204;
    assert.equal((await resultOf(lines(2, 1))).acknowledged, 1);
  });

  test('delivers from disk what is larger than its queue', async (t) => {
    let code = 503;
    const spool = { dir: temporaryFolder(t), maxBytes: 1 << 20 };
    const { exporter, destination } = await exporting(t, (_got, res) => res.writeHead(code).end(), { spool });
    await new Promise<void>((resolve) => {
      exporter.export(lines(0, 900), { settled: () => assert.fail(), spooled: () => resolve() });
    });
    exporter.close();
    code = 204;
    const result = await new Promise<DeliveryResult>((resolve) => {
      const options = { destination, timeoutMs: 5000, maxQueueBytes: 1500, spool };
      const next = new Exporter(options, { fileSettled: (_file, result) => resolve(result) });
      t.after(() => next.close());
    });
    assert.equal(result.acknowledged, 900);
  });

  test('gives up what is left when it is closed: what was on its way is unknown, the rest was never sent', async (t) => {
    let underWay = () => {};
    const first = new Promise<void>((resolve) => {
      underWay = resolve;
    });
    const { exporter, resultOf } = await exporting(t, () => underWay());
    const results = [resultOf(lines(0, 2)), resultOf(lines(2, 3))];
    await first;
    exporter.close();
    const [one, other] = await Promise.all(results);
    assert.deepEqual([one!.unknown, one!.dropped], [2, 0]);
    assert.deepEqual([other!.unknown, other!.dropped], [0, 3]);
    assert.equal((await resultOf(lines(5, 1))).dropped, 1);
    exporter.close();
    await Promise.all([exporter.finish(60_000), exporter.drain(60_000)]);
  });

  test('that ends delivers what it can without a second attempt', async (t) => {
    let code = 204;
    const { exporter, resultOf } = await exporting(t, (_got, res) => res.writeHead(code).end());
    const result = resultOf(lines(0, 2));
    await exporter.finish(5000);
    assert.equal((await result).acknowledged, 2);
    code = 503;
    void resultOf(lines(2, 2));
    const begin = performance.now();
    await exporter.finish(5000);
    assert.ok(performance.now() - begin < 2000);
  });
});
