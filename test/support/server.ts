import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { within } from './within.ts';

const RECEIVED_MS = 30_000;

export interface Listening {
  readonly port: number;
  readonly url: string;
  readonly server: http.Server;
}

/** Serves `listener` on a free loopback port until the test ends. */
export async function listen(t: TestContext, listener: http.RequestListener): Promise<Listening> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, server };
}

/** A raw connection to a server. `received` resolves when the received text matches. */
export interface RawClient {
  readonly socket: net.Socket;
  text: () => string;
  received(pattern: RegExp): Promise<string>;
}

export async function connect(t: TestContext, port: number): Promise<RawClient> {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return {
    socket,
    text: () => text,
    received: async (pattern) => {
      const what = () => `${pattern} is received, not ${JSON.stringify(text)}`;
      while (!pattern.test(text)) await within(once(socket, 'data'), what, RECEIVED_MS);
      return text;
    },
  };
}
