import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../process.ts';

/** At least so many requests, in every way in which a client can make or break one. */
export interface MixedLoad {
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  /** WebSockets, in place of other requests. */
  readonly upgrades?: boolean;
}

serve(async ({ port, connections, requests, upgrades }: MixedLoad): Promise<void> => {
  const shared = { port, left: requests };
  await Promise.all(Array.from({ length: connections }, () => (upgrades ? driveUpgrades : drive)(shared)));
});

interface Shared {
  readonly port: number;
  left: number;
}

const PIPELINED = 8;
/** Of all requests of this process: no two are alike. */
let number = 0;

/** One client after another request, each its own way. */
async function drive(shared: Shared): Promise<void> {
  const client = new Client(shared.port);
  while (shared.left > 0) {
    const way = number++ % 100;
    shared.left -= way < 5 ? PIPELINED : 1;
    const path = `/items/${number}`;
    if (way < 5) await client.send(get(path).repeat(PIPELINED), PIPELINED);
    else if (way < 55) await client.send(get(path));
    else if (way < 70) await client.send(get(path, `traceparent: ${traceparent()}\r\n`));
    else if (way < 80) await client.send(get(`/nothing/${number}/of/that/name`));
    else if (way < 88) await client.send(post(path, 100, 100));
    else if (way < 92) await client.send(get(path, 'connection: close\r\n')).then(() => client.leave());
    else if (way < 94) await client.abort(get('/slow'), 0);
    else if (way < 96) await client.abort(get('/slow').repeat(PIPELINED), 0);
    else if (way < 98) await client.abort(post(path, 100, 10), 0);
    else await client.abort(get('/half'), 1);
  }
  client.leave();
}

/** One WebSocket after the other: most are closed properly, others are refused, dropped or reset. */
async function driveUpgrades(shared: Shared): Promise<void> {
  const client = new Client(shared.port);
  while (shared.left-- > 0) {
    const way = number++ % 100;
    if (way < 10) await client.send(upgrade('/refused'));
    else {
      await client.send(upgrade(`/live/${number}`));
      await client.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])); // a masked text
      if (way < 70)
        await client.write(Buffer.from([0x88, 0x80, 0, 0, 0, 0])); // a masked close
      else if (way < 85) client.reset();
    }
    client.leave();
  }
}

const upgrade = (path: string) =>
  get(
    path,
    'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n',
  );
const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;
const post = (path: string, length: number, sent: number) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${'x'.repeat(sent)}`;
const traceparent = () =>
  `00-${number.toString(16).padStart(32, '0')}-${number.toString(16).padStart(16, '0')}-01`;

const HEAD = 'HTTP/1.1 ';

/** A connection that is made anew when it is gone. */
class Client {
  readonly #port: number;
  #socket: net.Socket | undefined;
  #answers = 0;
  #wake: () => void = () => {};

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends requests and waits for the heads of their answers. */
  async send(text: string, count = 1): Promise<void> {
    const socket = await this.#connect();
    this.#answers = 0;
    socket.write(text, 'latin1');
    while (this.#answers < count && !socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends, and goes away in the middle. */
  async abort(text: string, answers: number): Promise<void> {
    await this.send(text, answers);
    if (answers === 0) await sleep(2);
    // Most with a reset, so that the system does not run out of ports.
    if (number % 4 > 0) this.#socket?.resetAndDestroy();
    this.leave();
  }

  /** Sends bytes, and waits until something comes back. */
  async write(bytes: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      socket.write(bytes);
    });
  }

  reset(): void {
    this.#socket?.resetAndDestroy();
  }

  leave(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connect(): Promise<net.Socket> {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    const socket = net.connect(this.#port, '127.0.0.1').setEncoding('latin1').setNoDelay();
    this.#socket = socket;
    let rest = '';
    socket.on('data', (chunk: string) => {
      const text = rest + chunk;
      let end = 0;
      for (let at = text.indexOf(HEAD); at !== -1; at = text.indexOf(HEAD, end)) {
        this.#answers++;
        end = at + HEAD.length;
      }
      rest = text.slice(Math.max(end, text.length - HEAD.length + 1));
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#wake());
    await once(socket, 'connect');
    return socket;
  }
}
