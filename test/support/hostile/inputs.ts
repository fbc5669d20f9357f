import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RequestTags } from '../../../src/capture/hooks/request-tags.ts';
import { queueTime, WRONG } from '../../../src/capture/node/queue-time.ts';
import { traceHeader } from '../../../src/capture/trace/trace-header.ts';
import { encodeBatch } from '../../../src/export/encode/encode-batch.ts';
import { cleanTag, cleanText } from '../../../src/export/encode/escape.ts';
import { messageIn } from '../../../src/export/send/answer.ts';
import { judge } from '../../../src/export/send/judge.ts';
import { ConfigError, type Options, resolveOptions, settings } from '../../../src/options/options.ts';
import { Batch } from '../../../src/record/batch.ts';
import { SeriesTable } from '../../../src/record/series-table.ts';
import { cut, textOf } from '../../../src/safety/foreign-text.ts';
import { registerSecret } from '../../../src/safety/redact.ts';
import { heldBy } from '../cost/held.ts';
import { parseLines } from '../line-protocol.ts';
import { anyText } from './foreign.ts';

// Inputs from outside, by kind. Each function processes many of them, and throws if one has an effect. They return
// the bytes of V8's heap that stay in use.

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
const SECRET = 'Zweiundvierzig/42%+=?';
const ECHOES = [SECRET, encodeURIComponent(SECRET), btoa(`u:${SECRET}`), JSON.stringify(SECRET)];

/** Long texts as well, most of which are slices of a much longer text. */
const text = fc.oneof(
  { weight: 20, arbitrary: anyText },
  {
    weight: 1,
    arbitrary: fc.tuple(anyText, fc.nat(600)).map(([unit, times]) => unit.repeat(times).slice(1, 5000)),
  },
);

const options = (count: number) => ({ numRuns: count, endOnFailure: true });

/** Tags of requests, with routes, methods and paths: each request is one correct line. */
export function tagValues(count: number): number {
  const tags = new RequestTags({ env: 'test' });
  const series = new SeriesTable(200);
  const batch = new Batch(1);
  let generation = 0;
  const name = fc.oneof(fc.constantFrom('a', 'b_c', 'constructor', '__proto__', 'env', 'route'), anyText);
  const request = fc.record({ method: text, route: text, path: text, given: fc.dictionary(name, text) });
  return heldBy(() => {
    fc.assert(
      fc.property(request, ({ method, route, path, given }) => {
        batch.begin({
          generation: ++generation,
          baseMs: 0,
          wall: 1_770_000_000_000_000_000n,
          floor: 0,
          era: 0,
          sequence: 1,
        });
        const set = tags.intern(given);
        batch.columns.series[0] = series.intern(batch, method, route, 200, 'finished', set);
        batch.columns.path[0] = batch.texts.push(path);
        batch.columns.trace[0] = 0;
        batch.rows = 1;
        const point = onlyPoint(encodeBatch(batch.content(), { env: 'test' }));
        assert.equal(point.tags.env, 'test');
        assert.ok(['(other)', cleanTag(cut(route, 512))].includes(point.tags.route ?? ''));
        for (const [tag, value] of Object.entries(set.tags)) {
          assert.equal(Object.hasOwn(point.tags, tag) ? point.tags[tag] : '', cleanTag(value));
          assert.ok(value === '(other)' || value === cut(given[tag]!, 128).toWellFormed());
        }
        assert.equal(point.fields.path, cleanText(cut(path, 2048)));
      }),
      options(count),
    );
    return [tags, series];
  });
}

const TRACE_HEADERS = ['traceparent', 'b3', 'x-b3-traceid', 'x-datadog-trace-id', 'x-amzn-trace-id'];

/** Request headers: invalid traces and times are ignored, and never break a line. */
export function headers(count: number): number {
  const batch = new Batch(1);
  let generation = 0;
  const hex = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
  const traceparent = fc.tuple(hex(32), hex(16)).map(([trace, span]) => `00-${trace}-${span}-01`);
  const near = fc
    .tuple(traceparent, anyText, fc.nat(60))
    .map(([valid, odd, at]) => valid.slice(0, at) + odd + valid.slice(at));
  const time = fc.oneof(
    text,
    fc.tuple(fc.constantFrom('', 't=', ' '), fc.double(), anyText).map((parts) => parts.join('')),
  );
  return heldBy(() => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TRACE_HEADERS),
        fc.oneof(text, traceparent, near),
        time,
        (name, trace, start) => {
          const waited = queueTime({ 'x-request-start': start, 'x-queue-start': trace }, Date.now());
          assert.ok(Number.isNaN(waited) || waited === WRONG || (waited >= 0 && waited <= 3600));
          batch.begin({
            generation: ++generation,
            baseMs: 0,
            wall: 1_770_000_000_000_000_000n,
            floor: 0,
            era: 0,
            sequence: 1,
          });
          batch.series.push(['GET', '/', 200, 'finished']);
          batch.columns.series[0] = 0;
          batch.columns.queueTime[0] = waited === WRONG ? Number.NaN : waited;
          batch.columns.path[0] = 0;
          const marked = traceHeader({ 'x-datadog-tags': trace, [name]: trace });
          batch.columns.trace[0] = marked === undefined ? 0 : batch.texts.push(marked);
          batch.rows = 1;
          const { trace_id: id } = onlyPoint(encodeBatch(batch.content(), {})).fields;
          if (id !== undefined) assert.match(String(id), /^[0-9a-f]{32}$/);
        },
      ),
      options(count),
    );
    return batch;
  });
}

/** Settings: they are accepted, or refused with a printable message. */
export function optionValues(count: number): number {
  const names = Object.keys(settings);
  const variables = Object.values(settings).flatMap(({ env }) => env);
  const plausible = fc.constantFrom('http://localhost:8086', 'requests', 'on', '10', '/healthz', 'env=prod');
  const value = fc.oneof(
    text,
    plausible,
    anyText.map((odd) => `http://u:${encodeURIComponent(odd.toWellFormed())}@h`),
  );
  const user = fc.dictionary(fc.constantFrom(...names), fc.oneof(value, fc.anything()), { maxKeys: 6 });
  const env = fc.dictionary(fc.constantFrom(...variables), value, { maxKeys: 6 });
  return heldBy(() => {
    fc.assert(
      fc.property(user, env, (given, around) => {
        try {
          resolveOptions(given as Options, around);
        } catch (error) {
          assert.ok(error instanceof ConfigError);
          for (const problem of error.problems) assert.match(problem, PRINTABLE);
        }
      }),
      options(count),
    );
    return names;
  });
}

/** Responses of databases: each gets a verdict, with a printable reason without secrets. */
export function answers(count: number): number {
  registerSecret(SECRET);
  const echo = fc.constantFrom(...ECHOES);
  const said = fc.oneof(
    text,
    fc.json(),
    fc.tuple(anyText, echo, anyText).map((parts) => parts.join(' ')),
    fc
      .tuple(fc.constantFrom('error', 'message', 'code'), fc.oneof(text, fc.jsonValue()))
      .map(([name, value]) => JSON.stringify({ [name]: value })),
    fc
      .tuple(anyText, fc.nat(99))
      .map(([odd, dropped]) => `{"error":"partial write: ${odd} dropped=${dropped}"}`),
  );
  const reply = fc.record({
    status: fc.integer({ min: -1, max: 1000 }),
    body: said,
    retryAfter: fc.oneof(text, fc.constant(undefined)),
  });
  return heldBy(() => {
    fc.assert(
      fc.property(reply, ({ status, body, retryAfter }) => {
        const verdict = judge({ status, retryAfter, message: messageIn(body) }, Date.now());
        if (verdict.kind === 'stored') return;
        assert.ok(verdict.reason.length <= 400);
        assert.match(verdict.reason, PRINTABLE);
        for (const form of ECHOES) assert.ok(!verdict.reason.includes(form), verdict.reason);
        if (verdict.kind === 'retry') assert.ok(verdict.afterMs >= 0);
        assert.equal(typeof textOf(body), 'string');
      }),
      options(count),
    );
    return echo;
  });
}

function onlyPoint(lines: Uint8Array) {
  const written = Buffer.from(lines).toString();
  assert.equal(written.indexOf('\n'), written.length - 1, 'one line');
  const [point] = parseLines(written);
  assert.equal(point!.measurement, 'raw-requests');
  return point!;
}
