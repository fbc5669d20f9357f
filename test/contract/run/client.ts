import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { WebSocket } from 'ws';
import type { RunningProgram } from './running-program.ts';

export interface Message {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A raw connection. */
export interface Connection {
  readonly socket: net.Socket;
  /** The text received so far, as latin1. */
  text(): string;
  /** Resolves with the received text when it matches. */
  received(pattern: RegExp): Promise<string>;
  /** Resolves with the received text when the server has closed the connection. */
  closed(): Promise<string>;
}

/** A client that uses a program in various ways. `leave()` closes what is still open. */
export class Client {
  readonly program: RunningProgram;
  readonly #sockets: net.Socket[] = [];
  #session: http2.ClientHttp2Session | undefined;

  constructor(program: RunningProgram) {
    this.program = program;
  }

  /** Makes a request, with HTTP/1.1 on a new connection, and returns the whole response. */
  exchange(method: string, path: string, message: Message = {}): Promise<string> {
    if (this.program.framework.protocol === 'HTTP/2') return this.#exchange2(method, path, message);
    const { headers = {}, body } = message;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { 'x-witness': 'yes', connection: 'close', ...length, ...headers };
    return this.exchangeRaw(requestText(method, path, all) + (body ?? ''));
  }

  /** Sends a raw request, and returns everything until the server closes the connection. */
  async exchangeRaw(text: string): Promise<string> {
    const connection = await this.connect();
    connection.socket.write(text, 'latin1');
    return connection.closed();
  }

  async connect(options: Partial<net.TcpNetConnectOpts> = {}): Promise<Connection> {
    const socket = net.connect({ port: this.program.port, host: '127.0.0.1', ...options });
    this.#sockets.push(socket);
    let text = '';
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
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
        while (!pattern.test(text)) await once(socket, 'data');
        return text;
      },
      closed: async () => {
        await closed;
        return text;
      },
    };
  }

  /** Makes consecutive requests on one connection. Returns their statuses. */
  async keepAlive(paths: string[]): Promise<number[]> {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: number[] = [];
    for (const path of paths) {
      const req = http.get({ port: this.program.port, host: '127.0.0.1', path, agent });
      const [res] = (await once(req, 'response')) as [http.IncomingMessage];
      await once(res.resume(), 'end');
      if (statuses.length > 0 && !req.reusedSocket) throw new Error('this was another connection');
      statuses.push(res.statusCode!);
    }
    agent.destroy();
    return statuses;
  }

  async webSocket(path: string): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.program.port}${path}`);
    await once(socket, 'open');
    return socket;
  }

  /** The current HTTP/2 session. A lost one is replaced. */
  get session(): http2.ClientHttp2Session {
    if (this.#session === undefined || this.#session.destroyed) {
      this.#session = http2.connect(`http://127.0.0.1:${this.program.port}`);
      this.#session.on('error', () => {});
    }
    return this.#session;
  }

  leave(): void {
    this.#session?.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #exchange2(method: string, path: string, { headers = {}, body }: Message): Promise<string> {
    const stream = this.session.request({ ':method': method, ':path': path, ...headers });
    const chunks: Buffer[] = [];
    let head = '';
    stream.on('response', (fields) => {
      head = Object.entries(fields)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
    });
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('error', () => {});
    stream.end(body);
    await once(stream, 'close');
    return head === '' ? '' : `${head}\r\n${Buffer.concat(chunks).toString('latin1')}`;
  }
}

/** The head of a request. */
export function requestText(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries({ host: 'contract', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** The body of a response, as received. */
export function bodyOf(answer: string): string {
  const final = withoutInterim(answer);
  return final.slice(final.indexOf('\r\n\r\n') + 4);
}

export function statusOf(answer: string): number {
  return Number(/^(?:HTTP\/1.1|:status:) (\d{3})/.exec(withoutInterim(answer))?.[1]);
}

/** Interim responses consist of a head only. */
function withoutInterim(answer: string): string {
  return answer.replace(/^(?:HTTP\/1.1 (?!101)1\d\d .*?\r\n\r\n)+/s, '');
}
