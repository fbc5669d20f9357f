// A `fetch` handler on an adapter of the package that is named: srvx or @whatwg-node/server.
import http from 'node:http';
import { rawRequestsFetch } from 'raw-requests/fetch';

const recorded = rawRequestsFetch(() => new Response('ok'), { route: () => '/items/:id' });
let url;
if (process.argv[2] === 'srvx') {
  const { serve } = await import('srvx');
  const server = serve({ port: 0, hostname: '127.0.0.1', fetch: recorded, silent: true });
  await server.ready();
  url = server.url;
} else {
  const { createServerAdapter } = await import('@whatwg-node/server');
  const server = http.createServer(createServerAdapter(recorded)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  url = `http://127.0.0.1:${server.address().port}/`;
}
for (let id = 0; id < 50; id++) await (await fetch(`${url}items/${id}`)).text();
process.exit(0);
