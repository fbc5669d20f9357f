import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { chunksOf, compress, decompress, halve } from '../../../src/export/lines/lines.ts';
import { countLines, LineScanner, offsetAfter } from '../../../src/export/lines/split-lines.ts';

/** Texts, and how many of their lines hold a point. */
const TEXTS: readonly [text: string, count: number][] = [
  ['', 0],
  ['m v=1', 1],
  ['m v=1\nm v=2\n', 2],
  ['\n\n  \nm v=1\n\t\n\nm v=2', 2],
  ['# m v=1\n #m v=2\nm v=3\n', 1],
  ['m,t=a v="one\ntwo",w=1\nm v=2\n', 2],
  ['m v="a \\" b\nc"\nm v=2\n', 2],
  ['m v="a\\\\"\nm v="b"\n', 2],
  ['m,t="a v=1\nm,t=b" v=2\n', 2],
  ['m,t=a\\\nb v=1\nm v=2\n', 2],
  ['m "v=1\nm v=2\n', 2],
  ['m a="x",b="y\n"\nm v=2\n', 2],
  ['m v="never closed\nm v=2\nm v=3\n', 1],
  ['m v="ä€𝄞\n" 1\nm v=2', 2],
];

/** A body as foreign programs write them: any text, put together of what matters to a splitter. */
const foreign = fc
  .array(
    fc.constantFrom('m', ',', ' ', '=', '"', '\\', '\n', '#', '\t', 'v=1', 'm v=1\n', 'm,t=a v="b" 1\n'),
    {
      maxLength: 60,
    },
  )
  .map((pieces) => pieces.join(''));

/** InfluxDB's `scanLine`, as it stands in its models/points.go: where the line that begins at `start` ends. */
function scanLine(text: Buffer, start: number): number {
  let [quoted, fields, equals, commas] = [false, false, 0, 0];
  let i = start;
  while (i < text.length) {
    const c = String.fromCharCode(text[i]!);
    if (c === '\\' && i + 2 < text.length) {
      i += 2;
      continue;
    }
    if (c === ' ') fields = true;
    if (fields && !quoted && c === '=') equals++;
    else if (fields && !quoted && c === ',') commas++;
    else if (fields && c === '"' && equals > commas) quoted = !quoted;
    else if (c === '\n' && !quoted) break;
    i++;
  }
  return i;
}

describe('lines', () => {
  for (const [text, count] of TEXTS) {
    test(`${count} in ${JSON.stringify(text)}`, () => assert.equal(countLines(Buffer.from(text)), count));
  }

  test('end where those of InfluxDB end, whatever is in them', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const bytes = Buffer.from(text);
        const ends: number[] = [];
        for (let at = 0; at < bytes.length; at = ends.at(-1)! + 1) ends.push(scanLine(bytes, at));
        const walk = new LineScanner(bytes);
        const walked: number[] = [];
        while (walk.at < bytes.length) {
          walk.step(1);
          walked.push(walk.at);
        }
        assert.deepEqual(
          walked,
          ends.map((end) => Math.min(end + 1, bytes.length)),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('are halved between lines, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(foreign, async (text) => {
        const count = countLines(Buffer.from(text));
        if (count < 2) return;
        const halves = await halve(compress(Buffer.from(text), count));
        const texts = halves.map(({ body }) => decompress(body));
        assert.equal(Buffer.concat(texts).toString(), text);
        assert.deepEqual(
          texts.map(countLines),
          halves.map((half) => half.count),
        );
        assert.equal(halves[0].count, Math.floor(count / 2));
      }),
      { numRuns: 500 },
    );
  });

  test('are cut into chunks, of which none is larger than asked for, and none is empty', () => {
    fc.assert(
      fc.property(foreign, fc.integer({ min: 1, max: 5 }), (text, most) => {
        const bytes = Buffer.from(text);
        const chunks = [...chunksOf(bytes, most)];
        assert.ok(chunks.every(({ count }) => count >= 1 && count <= most));
        assert.equal(
          chunks.reduce((sum, { count }) => sum + count, 0),
          countLines(bytes),
        );
        for (const { body, count } of chunks) assert.equal(countLines(decompress(body)), count);
      }),
      { numRuns: 500 },
    );
  });

  test('that are damaged are not halved', async () => {
    await assert.rejects(halve({ count: 2, body: gzipSync('m v=1\nm v=2\n').subarray(0, 20) }));
  });

  test('end where the text does', () => {
    assert.equal(offsetAfter(Buffer.from('m v=1\nm v=2'), 2), 11);
    assert.equal(offsetAfter(Buffer.from('m v=1\n\n'), 1), 6);
  });
});
