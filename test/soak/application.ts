// An application under the soak: an Express server whose requests are recorded as the environment says.
// Tells its port to the parent, then once a second a `Word`; ends when the parent says so, or disconnects.
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { rawRequests, type Stats } from '../../src/index.ts';
import { addsUp } from '../faults/server.ts';

/** What an application says of itself. */
export interface Word {
  /** Whether its requests are recorded. */
  readonly records: boolean;
  readonly stats: Stats;
  /** Requests that the server itself has counted, and those of them that are not over. */
  readonly served: number;
  readonly open: number;
  /** What keeps the process alive. */
  readonly handles: number;
  /** The first time that the ledger did not add up. */
  readonly broken: string | undefined;
}

type Handler = (req: http.IncomingMessage, res: http.ServerResponse) => unknown;
interface ExpressApp {
  use(...handlers: unknown[]): void;
  get(path: string, handler: Handler): void;
  post(path: string, handler: Handler): void;
}
type Express = () => http.RequestListener & ExpressApp;

const LOOK_MS = 50;
const WORD_MS = 1000;

const records = process.env.RAW_REQUESTS !== 'off';
const record = rawRequests();
const express: Express = createRequire(import.meta.url)('express');
const app = express();
app.use(record);
app.get('/', (_req, res) => res.end('hello'));
app.get('/tenants/:tenant/items/:item', (req, res) => res.end(req.url));
app.get('/files/*path', (_req, res) => res.end('x'.repeat(2000)));
app.get('/slow', async (_req, res) => {
  await sleep(20 + 180 * Math.random());
  res.end('at last');
});
app.get('/stream', async (_req, res) => {
  for (let piece = 0; piece < 10 && !res.destroyed; piece++) {
    res.write('x'.repeat(1000));
    await sleep(5);
  }
  res.end();
});
app.get('/broken', () => {
  throw new Error('on purpose');
});
app.post('/orders', (req, res) => req.resume().on('end', () => res.writeHead(201).end()));
app.use((_error: Error, _req: unknown, res: http.ServerResponse, _next: unknown) => res.writeHead(500).end());

let served = 0;
let open = 0;
let broken: string | undefined;
const server = http.createServer((req, res) => {
  served++;
  open++;
  res.on('close', () => open--);
  app(req, res);
});
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));

const look = (): Stats => {
  const stats = record.stats();
  if (!addsUp(stats)) broken ??= JSON.stringify(stats);
  return stats;
};
const say = () => {
  const handles = process.getActiveResourcesInfo().length;
  process.send?.(
    { word: { records, stats: look(), served, open, handles, broken } satisfies Word },
    () => {},
  );
};
setInterval(look, LOOK_MS).unref();
setInterval(say, WORD_MS).unref();
process.on('message', (message) => {
  if (message === 'exit') process.exit(0);
});
process.on('disconnect', () => process.exit(0));
