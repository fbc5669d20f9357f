import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { EntryWalk, OF_THE_VIEW, type Way } from './entry-walk.ts';

const LONG = 'a request has to be open for more than half a second';

/** What no test comes by, each with the reason. */
const UNREACHED: Readonly<Record<string, string>> = {
  'export/send/identify-listener.js: a listener that does not answer':
    'the view has to start later than it is first looked for, as it mostly does',
  'capture/open-requests.js: the route of an open request': LONG,
  'export/open-requests-sender.js: the open requests': LONG,
  'sink.js: the open requests': LONG,
  'view/server/early-answer.js: the end of a request to the view 2': 'a refused client has to go on for 2 s',
  'view/server/server.js: a request to the view 3': 'an answer has to take longer than the end of the view',
  'view/server/live-feed.js: a page of the view': 'a page has to be slower than the view',
  'view/server/view-host.js: the start of the live view 5': 'two processes have to start in the same moment',
};

test('each entry of the view, made to throw', async (t) => {
  const walk = new EntryWalk(t);
  const ways: Readonly<Record<string, Way>> = {
    viewer: {},
    'close, with the view': {
      env: { RAW_REQUESTS: 'view', RAW_REQUESTS_VIEW_PORT: await freePort() },
      alone: true,
    },
    'close, with a view whose port is in use': { env: { RAW_REQUESTS: 'view' }, alone: true },
    'close, with nothing but a view whose port is in use': {
      env: { RAW_REQUESTS: 'view', INFLUX_URL: '', INFLUX_DATABASE: '' },
      alone: true,
    },
  };
  for (const [way, how] of Object.entries(ways))
    await t.test(`does not change how a program ends: ${way}`, (t) => walk.ends(t, way, how));

  await t.test('is every one that there is', () => {
    const missing = walk.library.entries.filter(
      (entry) => OF_THE_VIEW.test(entry) && !walk.reached.has(entry) && !(entry in UNREACHED),
    );
    assert.deepEqual(missing, []);
  });
});

async function freePort(): Promise<string> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}
