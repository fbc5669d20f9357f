// Serves the application on a framework: `program.js <framework> <mode>`. Sends the test its port, and events that
// the client cannot observe. Ends when the test disconnects.
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Options } from '../../../src/index.ts';
import { FRAMEWORKS } from '../frameworks/index.ts';
import { inCode, type Mode } from '../modes.ts';
import { pathOf } from './application.ts';
import { witness } from './witness.ts';

/** The application's own: of each request, its path. */
const contexts = new AsyncLocalStorage<string>();

const [name, mode] = process.argv.slice(2);
const framework = FRAMEWORKS.find((one) => one.name === name)!;

/** A function option that fails when the client requests it. */
const hook = (req: IncomingMessage): undefined => {
  if (req.headers['x-hooks'] === 'fail') throw new Error('as the contract wants it');
};

/** How often the user's tags were asked for. */
let tagged = 0;

/** Tells whether it is called in the context that the application had for this request. */
const requestTags: Options['requestTags'] = (req) => {
  tagged++;
  hook(req);
  const path = contexts.getStore();
  return { context: path === undefined ? 'none' : path === pathOf(req) ? 'own' : 'another' };
};
/** Tracing of the application's own. */
const traceId: Options['traceId'] = (req) => req.headers['x-own-trace'] as string | undefined;

const options: Options = { logLevel: 'silent', route: hook, requestTags, traceId };

const { server, recorder, inject } = await framework.serve(inCode(mode as Mode) ? options : undefined);
if (framework.protocol === 'HTTP/1.1') switchProtocols(server as Server);

(server as Server).prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
  contexts.enterWith(pathOf(req));
  if (req.headers['x-witness'] === undefined) return;
  const path = pathOf(req);
  witness(req, res, (witnessed) => process.send!({ path, witnessed }));
});
process.on('message', async (path: string) => process.send!({ injected: await inject!(path) }));
process.on('exit', () => writeSync(1, JSON.stringify({ ...recorder?.stats(), tagged })));
process.on('disconnect', () => process.exit(0));
process.send!({ port: (server.address() as AddressInfo).port });

/**
 * Handles upgrades and tunnels, which no framework does: WebSockets that echo, below `/live`, and tunnels that say
 * goodbye.
 */
function switchProtocols(server: Server): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (req, socket, head) => {
    if (req.url !== '/live') socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    else sockets.handleUpgrade(req, socket, head, (ws) => ws.on('message', (message) => ws.send(message)));
  });
  server.on('connect', (_req, socket) => socket.end('HTTP/1.1 200 Connection Established\r\n\r\ngoodbye'));
}
