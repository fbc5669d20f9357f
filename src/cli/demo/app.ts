/** The sample application of the demo. It runs in a process of its own, so that the load generator does not share its event loop. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { rawRequests, type Stats } from '../../index.ts';

/** Messages to the parent process. */
export type AppMessage = { kind: 'listening'; url: string } | { kind: 'finished'; ledger: Stats };
/** Messages from the parent process. `finish`: close the server and deliver everything that was recorded. */
export type AppCommand = 'finish';

/** The part of Express that is used here. Express has no types of its own. */
interface Request extends IncomingMessage {
  params: Record<string, string>;
  query: Record<string, string>;
  body: unknown;
}
interface Response extends ServerResponse {
  status(code: number): Response;
  json(value: unknown): Response;
  type(name: string): Response;
}
type Next = (error?: unknown) => void;
type Handler = (req: Request, res: Response, next: Next) => unknown;
interface Router {
  use(...handlers: (string | Handler | Router | ErrorHandler)[]): void;
  get(path: string, handler: Handler): void;
  post(path: string, handler: Handler): void;
  delete(path: string, handler: Handler): void;
}
type ErrorHandler = (error: Error, req: Request, res: Response, next: Next) => unknown;
interface App extends Router {
  listen(port: number, host: string, listening: () => void): Server;
}
interface Express {
  (): App;
  Router(options: { mergeParams: boolean }): Router;
  json(): Handler;
}

const { default: express } = (await import(pathToFileURL(process.argv[2]!).href)) as { default: Express };

const record = rawRequests();
const app = express();
app.use(record as unknown as Handler);
app.use(express.json());

app.get('/', async (_req, res) => {
  await work(1, 3);
  res.json({ hello: 'world' });
});
app.get('/items/:id', async (req, res) => {
  await work(2, 8);
  if (Number(req.params.id) > 1000) return res.status(404).json({ error: 'no such item' });
  res.json({ id: req.params.id, price: 12.5 });
});
app.get('/search', async (req, res) => {
  // Most searches are fast, and a few are slow.
  await work(5, 5 + 120 * Math.random() ** 3);
  res.json({ query: req.query.q, hits: [] });
});
app.get('/report', async (_req, res) => {
  res.type('text/csv');
  for (let part = 0; part < 5; part++) {
    await work(25, 45);
    res.write('month,orders,revenue\n'.repeat(200));
  }
  res.end();
});
app.post('/orders', async (req, res, next) => {
  await work(10, 25);
  if (Math.random() < 0.04) return next(new Error('the payment service did not answer'));
  res.status(201).json({ order: req.body });
});

const tenant = express.Router({ mergeParams: true });
tenant.get('/items/:item', async (req, res) => {
  await work(4, 12);
  res.json(req.params);
});
tenant.delete('/items/:item', async (_req, res) => {
  await work(6, 10);
  res.status(204).end();
});
app.use('/tenants/:tenant', tenant);

const answerError: ErrorHandler = (error, _req, res, _next) => res.status(500).json({ error: error.message });
app.use(answerError);

const server = app.listen(0, '127.0.0.1', () => {
  tell({ kind: 'listening', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

process.on('message', async (command: AppCommand) => {
  if (command !== 'finish') return;
  server.close();
  server.closeIdleConnections();
  await record.close();
  tell({ kind: 'finished', ledger: record.stats() });
});
process.on('disconnect', () => process.exit());

/** Waits between `min` and `max` ms, like a call of a database or another service. */
function work(min: number, max: number): Promise<void> {
  return sleep(min + (max - min) * Math.random());
}

function tell(message: AppMessage): void {
  process.send?.(message);
}
