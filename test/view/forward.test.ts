import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openViewer, resolveViewer, statsOf } from '../../src/view/server/viewer.ts';
import { fakeDatabase } from '../support/fake-database.ts';
import { until } from '../support/within.ts';

async function forwarding(t: TestContext, options: { token?: string } = {}) {
  const database = await fakeDatabase(t);
  const said: string[] = [];
  const server = await openViewer(resolveViewer({ port: 0, forward: database.url, ...options }), {
    say: (text) => said.push(text),
    retryDelays: { initialMs: 5, maxMs: 20 },
  });
  t.after(() => server.close());
  const write = async (query: string, body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/write?${query}`, { method: 'POST', body, headers });
    return { status: response.status, text: await response.text() };
  };
  const settled = async (lines: number) => {
    const all = () => statsOf(server).forwarded + statsOf(server).failed;
    await until(() => all() >= lines, `${lines} lines are settled`);
    const { forwarded, failed } = statsOf(server);
    return { forwarded, failed };
  };
  return { database, server, said, write, settled };
}

describe('what is written to a view that passes it on', () => {
  test('is passed on as it was written, also what the view cannot read, and is answered with 204', async (t) => {
    const { database, server, write, settled } = await forwarding(t);
    const texts = ['m v=1 1\nno line\n', '# a comment\n\nm v="two\nlines" 2', 'm v=1i,w=0x1 3\n'];
    for (const text of texts) assert.equal((await write('db=d', text)).status, 204);
    assert.equal((await write('db=d&precision=years', 'm v=4 4\n')).status, 204);
    assert.equal((await write('db=d', '\n# nothing\n')).status, 204);
    await settled(5);
    assert.deepEqual(database.bodies, [...texts, 'm v=4 4\n']);
    assert.equal(database.paths.at(-1), '/write?db=d&precision=years');
    assert.ok(server.store.counters().refused > 0);
  });

  test('in different ways is passed on in each, and one that is refused holds up no other', async (t) => {
    const { database, said, write, settled } = await forwarding(t);
    database.answer = ({ authorization }, res) =>
      void res.writeHead(authorization === 'Token wrong' ? 401 : 204).end();
    await write('db=a', 'm v=1 1\n', { authorization: 'Token wrong' });
    await write('db=a', 'm v=2 2\n', { authorization: 'Token right' });
    await write('db=b', 'm v=3 3\n');
    assert.deepEqual(await settled(2), { forwarded: 2, failed: 0 });
    assert.match(
      said[0]!,
      /^InfluxDB at \S+ \(database a\) does not take lines since \S+: 401 Unauthorized; 1 line/,
    );
    assert.ok(!said.join().includes('wrong'));
  });

  test('is told of in words that are harmless and hold no credentials', async (t) => {
    const { database, said, write, settled } = await forwarding(t);
    database.answer = ({ authorization, path }, res) =>
      void res.writeHead(400).end(`\x1b[2J\u202e${authorization} ${path} ${btoa('anna:open-sesame')}`);
    await write('db=d&u=anna&p=open-sesame', 'm v=1 1\n', { authorization: 'Token berta:swordfish' });
    await settled(1);
    await until(() => said.length > 0, 'a word about it');
    assert.match(said[0]!, /not stored: 400 Bad Request: \\x1b\[2J\\u202eToken \*\*\* .*p=\*\*\*/);
    assert.doesNotMatch(said.join(), /swordfish|sesame|\p{C}|YW5uYTpvcGVu/u);
  });

  test('in more ways than are kept is passed on in those by which lines are stored', async (t) => {
    const { database, server, said, write, settled } = await forwarding(t);
    database.answer = ({ authorization = '' }, res) =>
      void res.writeHead(authorization.startsWith('Token wrong') ? 401 : 204).end();
    for (let i = 0; i < 60; i++) await write('db=d', `m v=1 ${i}\n`, { authorization: `Token right ${i}` });
    await settled(60);
    for (let i = 0; i < 40; i++) await write('db=d', `m v=1 ${i}\n`, { authorization: `Token wrong ${i}` });
    for (let i = 0; i < 40; i++) {
      assert.equal((await write('db=d', `m v=2 ${i}\n`, { authorization: `Token right ${i}` })).status, 204);
    }
    await until(() => statsOf(server).forwarded >= 100, 'all is passed on');
    const { forwarded, failed } = statsOf(server);
    assert.equal(forwarded, 100);
    assert.ok(failed >= 1 && failed <= 40, String(failed));
    assert.ok(said.length <= 20, 'whoever writes cannot fill the log');
    assert.match(
      said.join('\n'),
      /InfluxDB at \S+ \(database d\) does not take lines since \S+: 401 Unauthorized/,
    );
  });

  test('is not taken when there is no room for it: its writer is told to try again', async (t) => {
    const { database, said, write, settled } = await forwarding(t);
    let isUp = false;
    database.answer = (_write, res) => void res.writeHead(isUp ? 204 : 503).end();
    const text = Buffer.from(crypto.getRandomValues(new Uint8Array(2 ** 16))).toString('base64');
    const large = gzipSync(
      Buffer.concat(Array.from({ length: 60 }, (_, i) => Buffer.from(`m v="${i}${text}" ${i}\n`))),
      {
        level: 0,
      },
    );
    let taken = 0;
    for (; taken < 20; taken++) {
      const { status, text } = await write('db=d', large, { 'content-encoding': 'gzip' });
      if (status === 204) continue;
      assert.equal(status, 503);
      assert.match(text, /the queue of the forwarding is full; try again/);
      break;
    }
    assert.ok(taken >= 2 && taken < 6, String(taken));
    assert.equal((await write('db=other', 'm v=1 1\n')).status, 204, 'one way does not take all of the room');
    isUp = true;
    assert.deepEqual(await settled(taken * 60 + 1), { forwarded: taken * 60 + 1, failed: 0 });
    assert.equal((await write('db=d', large, { 'content-encoding': 'gzip' })).status, 204);
    assert.match(said[0]!, /does not take lines since/);
  });

  test('is passed on when the view ends, as far as the database takes it at once', async (t) => {
    const { server, write, said, database } = await forwarding(t);
    await write('db=d', 'm v=1 1\n');
    await server.close();
    assert.equal(statsOf(server).forwarded, 1);
    assert.deepEqual(database.bodies, ['m v=1 1\n']);
    assert.deepEqual(said, []);
  });

  test('does not show the token of the view, in whatever way it came', async (t) => {
    const token = 'a-token-of-16-characters';
    const { database, write, settled } = await forwarding(t, { token });
    await write(`db=d&u=x&p=${token}`, 'm v=1 1\n');
    await write('db=d', 'm v=2 2\n', { authorization: `Token ${token}` });
    await settled(2);
    assert.deepEqual(database.paths, ['/write?db=d', '/write?db=d']);
    assert.deepEqual(database.authorizations, [undefined, undefined]);
  });
});
