import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startViewer } from '../../../src/view/server/viewer.ts';
import { run } from '../../support/run.ts';
import { listen } from '../../support/server.ts';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const TOKEN = 'a-token-of-some-length';

const top = (address: string, env: Record<string, string> = {}) => run([MAIN, 'top', address], env);

describe('raw-requests top, where there is no terminal', () => {
  test('prints what the view holds, and ends', async (t) => {
    const viewer = await startViewer({ port: 0, token: TOKEN });
    t.after(() => viewer.close());
    const written = await fetch(`${viewer.url}/write`, {
      method: 'POST',
      headers: { authorization: `Token ${TOKEN}` },
      body: `raw-requests,method=GET,route=/a,status=200,outcome=finished application_time=0.5 ${Date.now()}000000`,
    });
    assert.equal(written.status, 204);
    const { status, stdout, stderr } = await top(viewer.url, { RAW_REQUESTS_VIEW_TOKEN: TOKEN });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^1 request in 30 s /m);
    assert.match(stdout, /^GET \/a +1 .*500 ms +100 %$/m);

    const refused = await top(viewer.url);
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /^http:\/\/127\.0\.0\.1:\d+\/ asks for its token: set RAW_REQUESTS_VIEW_TOKEN, /,
    );
  });

  test('says so if there is no view', async (t) => {
    const { url } = await listen(t, (_req, res) => void res.end('another program'));
    assert.match((await top(url)).stderr, /^http:\S+ is no view of raw-requests\n$/);
    const closed = await startViewer({ port: 0 });
    await closed.close();
    const { host } = new URL(closed.url);
    assert.match(
      (await top(host)).stderr,
      /^http:\/\/127\.0\.0\.1:\d+\/ does not answer: ECONNREFUSED\. Start a view with /,
    );
    assert.match(
      (await top('http://[')).stderr,
      /^Expected the address of a view, such as \S+, got http:\/\/\[\n$/,
    );
  });
});
