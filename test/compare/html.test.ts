// The parts of the page of `raw-requests compare` that need no browser, and what is kept for it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { withoutCommandAsFile } from '../../src/cli/compare/arguments.ts';
import type { Samples } from '../../src/compare/load/messages.ts';
import { readSamples, samplesText } from '../../src/compare/load/samples-file.ts';
import { html, json } from '../../src/compare/report/html/markup.ts';
import { packPoints, packSamples } from '../../src/compare/report/html/pack.ts';
import { requestColumns } from '../../src/compare/report/html/page-data.ts';
import { serverFigures } from '../../src/compare/rounds/figures.ts';
import { inNanoseconds } from '../../src/compare/rounds/nanoseconds.ts';
import { Points } from '../../src/compare/rounds/points.ts';

function samples(latency: number[]): Samples {
  const { length } = latency;
  return {
    due: Float64Array.from(latency, (_, i) => i / 10),
    latency: Float64Array.from(latency),
    service: Float64Array.from(latency, (seconds) => seconds / 2),
    status: Uint16Array.from(latency, (seconds) => (Number.isNaN(seconds) ? 0 : 200)),
    size: new Float64Array(length).fill(11),
    request: new Uint16Array(length),
  };
}

describe('the page of a comparison', () => {
  test('has text from outside as text', () => {
    const hostile = `<b title="x">'&'</b>`;
    const shown = '&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;';
    assert.equal(
      html`<p title="${hostile}">${[html`<i>${hostile}</i>`]}</p>`.text,
      `<p title="${shown}"><i>${shown}</i></p>`,
    );
    const script = json({ hostile, comment: '<!--' }).text;
    assert.ok(!script.includes('<'));
    assert.deepEqual(JSON.parse(script), { hostile, comment: '<!--' });
  });

  test('leaves out a request of the warm-up that its server saw only later', () => {
    const ns = (ms: number) => `${1_700_000_000_000 + ms}000000`;
    const line = (endMs: number, queue: string) =>
      `raw-requests,process=a:1 application_time=0.01,${queue}sequence=1i ${ns(endMs)}`;
    const lines = [line(15, 'queue_time=0.006,'), line(16, 'queue_time=0.005,'), line(17, ''), line(9, '')];
    const points = new Points();
    points.add({ bytes: Buffer.from(lines.join('\n')), isZipped: false, precision: undefined });
    // The measured part begins at 1 ms: the first was due at -1 ms, the second at 1 ms, the last began at -1 ms.
    assert.equal(serverFigures(points, 1_700_000_000_001)!.count, 2);
    assert.equal(packPoints(points, 1_700_000_000_001, 10).count, 2);
  });

  test('has the answered requests of a round, and every n-th of them where they are too many', () => {
    const mix = [{ method: 'GET', path: '/items' }];
    const all = packSamples(samples([0.01, 0.02, Number.NaN, 0.04, 0.05]), mix, 4);
    assert.deepEqual([all.count, all.of], [4, 4]);
    assert.deepEqual(all.tags, [
      { method: 'GET', route: '/items', status: '200', outcome: 'answered', process: 'client', thread: '0' },
    ]);
    const bytes = new Uint8Array(gunzipSync(Buffer.from(all.columns, 'base64')));
    const { end, duration } = requestColumns(4, bytes);
    assert.deepEqual([...end], [10_000, 120_000, 340_000, 450_000]);
    assert.deepEqual([...duration], [0.01, 0.02, 0.04, 0.05].map(Math.fround));
    const some = packSamples(samples(Array(10).fill(0.01)), mix, 4);
    assert.deepEqual([some.count, some.of], [4, 10]);
  });
});

describe('a kept run', () => {
  test('has the lines of all bodies, with timestamps in ns', () => {
    const zipped = { bytes: gzipSync('a,t=1 x=1i,s="two\nlines 5" 7\n'), isZipped: true, precision: 'ms' };
    const plain = { bytes: Buffer.from('b x=2 8'), isZipped: false, precision: 'ns' };
    const damaged = { bytes: Buffer.from('c x=3 9'), isZipped: true, precision: 'ns' };
    const number = { bytes: Buffer.from('d x=t,y=3i 10\r\n'), isZipped: false, precision: 's' };
    assert.equal(
      inNanoseconds([zipped, plain, damaged, number, plain]).toString(),
      'a,t=1 x=1i,s="two\nlines 5" 7000000\nb x=2 8\nd x=t,y=3i 10000000000\nb x=2 8\n',
    );
  });

  test('has the requests as the client saw them', () => {
    const before = samples([0.001, Number.NaN, 12.5]);
    assert.deepEqual(readSamples(Buffer.from(samplesText(before))), before);
  });
});

test('what follows --html or --json is a command, unless it ends like a file or there are two commands', () => {
  const of = (what: string[], options: object) => {
    const read = withoutCommandAsFile(what, { differs: [], ...options });
    return [read.what, read.options.html, read.options.json];
  };
  assert.deepEqual(of(['node b.js'], { html: 'node a.js' }), [['node a.js', 'node b.js'], true, undefined]);
  assert.deepEqual(of([], { html: 'compare.yaml' }), [['compare.yaml'], true, undefined]);
  assert.deepEqual(of(['plan.yaml'], { html: 'out.html', json: 'o.json' }), [
    ['plan.yaml'],
    'out.html',
    'o.json',
  ]);
  assert.deepEqual(of(['b'], { html: true, json: 'node a.js' }), [['node a.js', 'b'], true, true]);
});
