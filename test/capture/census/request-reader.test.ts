import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RequestReader } from '../../../src/capture/census/request-reader.ts';

/** The requests that a reader finds in a text which arrives in these pieces. */
function read(...pieces: string[]): { found: string[]; isInHead: boolean } {
  const found: string[] = [];
  const reader = new RequestReader(({ method, url }) => found.push(method ? `${method} ${url}` : 'invalid'));
  for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'));
  return { found, isInHead: reader.isInHead };
}

const MIXED = [
  'GET /a?b=c HTTP/1.1\r\nhost: x\r\n\r\n',
  '\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 19\r\n\r\nGET /no HTTP/1.1\r\n\r',
  'PUT /c HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n4\r\nGET \r\na;x=y\r\n0123456\r\n\r\r\n0\r\nx: y\r\n\r\n',
  'DELETE http://x/d HTTP/1.0\nhost: x\n\n',
  'M-SEARCH * HTTP/1.1\r\nhost:x\r\n\r\n',
].join('');
const FOUND = ['GET /a?b=c', 'POST /b', 'PUT /c', 'DELETE http://x/d', 'M-SEARCH *'];

describe('a reader of requests', () => {
  test('finds those of a connection, however its data is split', () => {
    assert.deepEqual(read(MIXED), { found: FOUND, isInHead: false });
    assert.deepEqual(read(...MIXED), { found: FOUND, isInHead: false });
    for (let at = 1; at < MIXED.length; at++)
      assert.deepEqual(read(MIXED.slice(0, at), MIXED.slice(at)).found, FOUND, `split at ${at}`);
  });

  test('stops after a head that is not valid', () => {
    const next = 'GET /next HTTP/1.1\r\n\r\n';
    for (const head of [
      'what is this\r\n\r\n',
      'GET /a HTTP/1.1\r\nno field\r\n\r\n',
      'GET /a HTTP/2.0\r\n\r\n',
      `GET /a HTTP/1.1\r\nlong: ${'x'.repeat(200_000)}`,
    ])
      assert.deepEqual(read(head + next).found, ['invalid'], head.slice(0, 40));
  });

  test('stops after a chunk that is not valid, and with the first request that leaves HTTP', () => {
    const chunked =
      'POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nno size\r\nGET /b HTTP/1.1\r\n\r\n';
    assert.deepEqual(read(chunked).found, ['POST /a']);
    const found: string[] = [];
    const reader = new RequestReader(({ method }) => found.push(method ?? ''));
    reader.isSwitched = true;
    reader.read(Buffer.from('GET / HTTP/1.1\r\n\r\nCONNECT a:1 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n'));
    assert.deepEqual(found, ['GET', 'CONNECT']);
  });

  test('knows whether a head is not complete', () => {
    for (const text of ['G', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nhost: x\r\n'])
      assert.equal(read(text).isInHead, true, text);
    for (const text of ['', '\r\n', 'POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nab'])
      assert.equal(read(text).isInHead, false, text);
  });
});
