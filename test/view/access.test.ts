// Who may use a live view that asks for a token.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { Sessions } from '../../src/view/server/access/sessions.ts';
import { openViewer, resolveViewer } from '../../src/view/server/viewer.ts';
import { readFeed } from '../support/view/feed.ts';
import { ask, LINE, viewer } from '../support/view/viewer.ts';

const TOKEN = 'se-cret-of-the-view';

/** `name=value` of what a response sets. */
function cookieOf({ headers }: { headers: Record<string, unknown> }): string | undefined {
  const [cookie] = (headers['set-cookie'] ?? []) as string[];
  return cookie?.split(';')[0];
}

/** How the feed answers a browser with that cookie. */
async function statusFor(url: string, cookie: string): Promise<number | undefined> {
  const req = http.get(`${url}/feed`, { agent: false, headers: { cookie } });
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  res.destroy();
  return res.statusCode;
}

describe('a view with a token', () => {
  const start = (t: TestContext) => viewer(t, { host: '0.0.0.0', token: TOKEN });
  const signIn = (url: string, body: string, headers: Record<string, string> = {}) =>
    ask(`${url}/sign-in`, { method: 'POST', headers }, body);

  test('takes lines from programs that show it, as InfluxDB clients do, and from no others', async (t) => {
    const { url, stats } = await start(t);
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    const write = (query: string, headers: Record<string, string> = {}) =>
      ask(`${url}/write${query}`, { method: 'POST', headers }, LINE);
    for (const [query, authorization] of [
      ['', `Token ${TOKEN}`],
      ['', `Bearer ${TOKEN}`],
      ['', basic(`anybody:${TOKEN}`)],
    ] as const) {
      assert.equal((await write(query, { authorization })).status, 204, `${query} ${authorization}`);
    }
    assert.equal((await write(`?u=me&p=${TOKEN}`)).status, 204);
    for (const [query, authorization] of [
      ['', 'Token wrong'],
      ['', 'Token '],
      ['', basic(`${TOKEN}:wrong`)],
      ['?p=', ''],
      [`?token=${TOKEN}`, ''],
    ] as const) {
      const { status, text } = await write(query, { authorization });
      assert.equal(status, 401, `${query} ${authorization}`);
      assert.match(text, /asks for its token, as RAW_REQUESTS_VIEW_TOKEN/);
    }
    // A cookie is sent by the browser, whoever makes it send: it does not write.
    const cookie = cookieOf(await signIn(url, TOKEN))!;
    assert.equal((await write('', { cookie })).status, 401);
    assert.equal(stats().received, 4);
    assert.equal((await ask(`${url}/ping`, {})).status, 204);
  });

  test('asks for it in a page, and knows the browser by a random cookie from then on', async (t) => {
    const { url } = await start(t);
    assert.equal((await ask(`${url}/feed`, {})).status, 401);
    const page = await ask(`${url}/`, {});
    assert.deepEqual([page.status, page.headers['set-cookie']], [401, undefined]);

    for (const wrong of ['', 'wrong', `${TOKEN}x`, TOKEN.slice(1), 'x'.repeat(100_000)]) {
      const refused = await signIn(url, wrong);
      assert.deepEqual([refused.status, refused.headers['set-cookie']], [401, undefined]);
    }
    const fromElsewhere = await signIn(url, TOKEN, { origin: 'http://evil.example' });
    assert.deepEqual([fromElsewhere.status, fromElsewhere.headers['set-cookie']], [403, undefined]);

    const [first, second] = [await signIn(url, TOKEN), await signIn(url, TOKEN)];
    const [header = ''] = first.headers['set-cookie']!;
    assert.match(header, /^raw-requests-view-\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.notEqual(cookieOf(first), cookieOf(second));
    const cookie = cookieOf(first)!;
    const feed = await readFeed(t, url, '', { cookie: `other=1; ${cookie}` });
    await feed.until(() => feed.states.length > 0);
    const forged = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    assert.equal(await statusFor(url, forged), 401);

    const behindProxy = await signIn(url, TOKEN, { 'x-forwarded-proto': 'https' });
    assert.match(behindProxy.headers['set-cookie']![0]!, /; SameSite=Strict; Secure$/);
  });

  test('is signed in to by its address, which the browser leaves at once', async (t) => {
    const { url } = await start(t);
    const opened = await ask(`${url}/?token=${TOKEN}`, {});
    assert.deepEqual([opened.status, opened.headers.location], [303, '/signed-in.html']);
    assert.ok(!JSON.stringify(opened.headers).includes(TOKEN));
    assert.equal(await statusFor(url, cookieOf(opened)!), 200);

    const wrong = await ask(`${url}/?token=wrong`, {});
    assert.deepEqual([wrong.status, wrong.headers['set-cookie']], [303, undefined]);
  });

  test('makes links that sign in one browser, once', async (t) => {
    const server = await openViewer(resolveViewer({ port: 0, token: TOKEN }));
    t.after(() => server.close());
    const link = server.signInUrl();
    assert.ok(!link.includes(TOKEN));
    const cookie = cookieOf(await ask(link, {}))!;
    assert.equal(await statusFor(server.url, cookie), 200);
    assert.equal(cookieOf(await ask(link, {})), undefined);
    assert.equal(cookieOf(await ask(`${server.url}/?link=${cookie.split('=')[1]}`, {})), undefined);
  });

  test('takes its token from the environment as well', async (t) => {
    process.env.RAW_REQUESTS_VIEW_TOKEN = TOKEN;
    t.after(() => delete process.env.RAW_REQUESTS_VIEW_TOKEN);
    const { url } = await viewer(t);
    assert.equal((await ask(`${url}/feed`, {})).status, 401);
  });
});

describe('a view without a token', () => {
  test('has no sessions, and its address keeps no token either', async (t) => {
    const { url } = await viewer(t);
    const opened = await ask(`${url}/?token=anything`, {});
    assert.deepEqual([opened.status, opened.headers['set-cookie']], [303, undefined]);
    assert.equal((await ask(`${url}/sign-in`, { method: 'POST' }, 'anything')).status, 401);
    assert.equal(await statusFor(url, ''), 200);
  });
});

test('sessions are bounded in number and time', () => {
  let now = 0;
  const sessions = new Sessions(3, 1000, () => now);
  const [first, ...others] = Array.from({ length: 4 }, () => sessions.open());
  assert.equal(sessions.has(first!), false, 'the oldest went');
  assert.ok(others.every((value) => sessions.has(value)));
  assert.equal(new Set([first, ...others]).size, 4);
  now = 1000;
  assert.ok(others.every((value) => !sessions.has(value)));
  const last = sessions.open();
  assert.deepEqual([sessions.end(last), sessions.end(last), sessions.has(last)], [true, false, false]);
});
