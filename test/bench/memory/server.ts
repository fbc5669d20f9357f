import { once } from 'node:events';
import http from 'node:http';
import inspector from 'node:inspector/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import { WebSocketServer } from 'ws';
import type { RawRequests, Stats } from '../../../src/index.ts';
import { serve } from '../process.ts';

/** What a server process holds after its garbage was collected; bytes. */
export interface Memory {
  readonly port: number;
  /** Requests that the application was given. */
  readonly seen: number;
  readonly heap: number;
  /** Outside of V8's heap: buffers. */
  readonly external: number;
  readonly rss: number;
  /** Heap and external memory of the worker thread. */
  readonly worker: number;
  readonly stats: Stats | undefined;
  /** Requests that are observed and have not ended. */
  readonly inFlight: number;
}

v8.setFlagsFromString('--expose-gc');
const gc: () => void = vm.runInNewContext('gc');

if (process.send !== undefined) {
  const { values } = parseArgs({
    options: {
      sink: { type: 'string' },
      express: { type: 'boolean', default: false },
      upgrades: { type: 'boolean', default: false },
    },
  });
  let record: RawRequests | undefined;
  let inFlight = () => 0;
  if (values.sink !== undefined) {
    const options = { url: values.sink, database: 'bench' };
    if (values.upgrades) {
      Object.assign(process.env, { INFLUX_URL: options.url, INFLUX_DATABASE: options.database });
      await import('../../../src/register.ts');
    }
    const { rawRequests } = await import('../../../src/index.ts');
    record = rawRequests(options);
    const { recorders } = await import('../../../src/shared-recorder.ts');
    inFlight = () => recorders().reduce((sum, recorder) => sum + recorder.inFlight, 0);
  }

  let seen = 0;
  const answer: http.RequestListener = (req, res) => {
    const path = req.url ?? '';
    if (path === '/slow') setTimeout(() => res.end('late'), 20);
    else if (path === '/half') res.write('some');
    else if (req.method === 'POST') req.resume().on('end', () => res.writeHead(201).end());
    else if (path.startsWith('/items/')) res.end('hello world');
    else res.writeHead(404).end();
  };
  const withExpress = (): http.RequestListener => {
    // Without its types: they are no dependency.
    const app = createRequire(import.meta.url)('express')();
    if (record !== undefined) app.use(record);
    for (const path of ['/items/:item', '/slow', '/half']) app.all(path, answer);
    return app;
  };
  const withHttp: http.RequestListener = (req, res) => {
    record?.(req, res);
    answer(req, res);
  };
  const listener = values.express ? withExpress() : withHttp;
  const server = http.createServer((req, res) => {
    seen++;
    listener(req, res);
  });
  if (values.upgrades) {
    const sockets = new WebSocketServer({ noServer: true });
    sockets.on('connection', (socket) =>
      socket.on('message', (data) => socket.send(data)).on('error', () => {}),
    );
    server.on('upgrade', (req, socket, head) => {
      seen++;
      socket.on('error', () => {});
      if (req.url === '/refused') socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      else sockets.handleUpgrade(req, socket, head, (ws) => sockets.emit('connection', ws));
    });
  }
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  serve(async (): Promise<Memory> => {
    // A connection that was destroyed is not counted any more; its request ends a turn of the event loop later.
    while ((await connections(server)) > 0 || inFlight() > 0) await sleep(10);
    await record?.flush();
    const worker = record === undefined ? 0 : await workerMemory();
    for (let i = 0; i < 3; i++) {
      await sleep(20); // what waits for its turn lets go
      gc();
    }
    const { heapUsed: heap, external, rss } = process.memoryUsage();
    return { port, seen, heap, external, rss, worker, stats: record?.stats(), inFlight: inFlight() };
  });
}

function connections(server: http.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** Asks the worker thread as a debugger does; 0 when there is none yet. */
async function workerMemory(): Promise<number> {
  const session = new inspector.Session();
  session.connect();
  const attached: string[] = [];
  session.on('NodeWorker.attachedToWorker', ({ params }) => attached.push(params.sessionId));
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  let sum = 0;
  for (const sessionId of attached) {
    const expression = 'gc(); const { heapUsed, external } = process.memoryUsage(); heapUsed + external';
    const message = { id: 1, method: 'Runtime.evaluate', params: { expression: `{ ${expression} }` } };
    const answer = once(session, 'NodeWorker.receivedMessageFromWorker');
    await session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify(message) });
    const [{ params }] = await answer;
    sum += JSON.parse(params.message).result.result.value;
  }
  await session.post('NodeWorker.disable');
  session.disconnect();
  return sum;
}
