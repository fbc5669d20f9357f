// A server of the runtime's own, on Bun or Deno. It is asked the same twice, bare and recorded, and prints whether the
// answers were the same.
import http from 'node:http';
import { Hono } from 'hono';
import { rawRequestsFetch } from 'raw-requests/fetch';
import { rawRequestsHono } from 'raw-requests/hono';

const { Bun, Deno } = globalThis;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const text = (string) => new TextEncoder().encode(string);

const slow = () => {
  let isFirst = true;
  return new ReadableStream({
    async pull(controller) {
      if (!isFirst) await pause(300);
      controller.enqueue(text(isFirst ? 'first ' : 'last'));
      if (!isFirst) controller.close();
      isFirst = false;
    },
  });
};
const endless = () =>
  new ReadableStream({
    async pull(controller) {
      await pause(20);
      controller.enqueue(text('tick '));
    },
  });

const app = new Hono();
app.use(rawRequestsHono());
app.get('/hono/:id', (context) => context.text('an item.'));

const handler = async (request) => {
  switch (new URL(request.url).pathname) {
    case '/text':
      return new Response('hello', { headers: { 'x-a': 'b' } });
    case '/none':
      return new Response(null, { status: 204 });
    case '/slow':
      return new Response(slow(), { headers: { 'content-type': 'text/event-stream', 'set-cookie': 'a=b' } });
    case '/endless':
      return new Response(endless());
    case '/hono/7':
      return app.fetch(request);
    default:
      throw new Error('on purpose');
  }
};

function serve(fetchHandler) {
  const options = { port: 0, hostname: '127.0.0.1' };
  const failed = () => new Response('failed', { status: 500 });
  if (Bun) return Bun.serve({ ...options, fetch: fetchHandler, error: failed }).port;
  return Deno.serve({ ...options, onListen() {}, onError: failed }, fetchHandler).addr.port;
}

async function ask(port) {
  const answers = [];
  for (const path of ['text', 'none', 'slow', 'hono/7', 'fails']) {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`);
    const headers = [...response.headers].filter(([name]) => name !== 'date');
    answers.push([path, response.status, headers.join(), await response.text()]);
  }
  const leaving = http.get({ port, host: '127.0.0.1', path: '/endless', agent: false });
  leaving.on('error', () => {});
  leaving.on('response', (response) => response.on('error', () => {}).resume());
  await pause(200);
  leaving.destroy();
  await pause(500);
  return JSON.stringify(answers);
}

const bare = await ask(serve(handler));
const route = ({ url }) => (url.includes('/hono') ? undefined : new URL(url).pathname);
const recorded = rawRequestsFetch(handler, { route });
console.log((await ask(serve(recorded))) === bare ? 'the same' : 'not the same');
await recorded.close();
process.exit(0);
