import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Seen } from './support.ts';

// A proxy that passes all bytes on as they are, and counts the requests that are answered by reading both directions
// itself: neither Node's parser nor that of this package has a part in the count.

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const END_OF_LINE = Buffer.from('\r\n');
const UNTIL_CLOSE = Number.POSITIVE_INFINITY;

/** What a reader of messages does with the next bytes. */
type State =
  | { readonly in: 'head' }
  | { readonly in: 'body'; left: number }
  | { readonly in: 'chunk size' }
  | { readonly in: 'chunk'; left: number }
  | { readonly in: 'trailers' };

/** How many bytes of body follow a head; `chunked` if they say so themselves. */
type Length = number | 'chunked';

/** Reads messages out of one direction of a connection: calls `head` with the lines of each. */
class Messages {
  readonly #head: (lines: readonly string[]) => Length;
  #state: State = { in: 'head' };
  #bytes: Buffer = Buffer.alloc(0);

  constructor(head: (lines: readonly string[]) => Length) {
    this.#head = head;
  }

  read(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    while (this.#bytes.length > 0 && this.#step()) {}
  }

  /** Whether it went on; if not, it needs more bytes. */
  #step(): boolean {
    const state = this.#state;
    switch (state.in) {
      case 'head': {
        const text = this.#take(END_OF_HEAD);
        if (text === undefined) return false;
        const length = this.#head(text.split('\r\n'));
        this.#state =
          length === 'chunked' ? { in: 'chunk size' } : length > 0 ? { in: 'body', left: length } : state;
        return true;
      }
      case 'chunk size': {
        const text = this.#take(END_OF_LINE);
        if (text === undefined) return false;
        const size = Number.parseInt(text, 16);
        this.#state = size === 0 ? { in: 'trailers' } : { in: 'chunk', left: size + END_OF_LINE.length };
        return true;
      }
      case 'trailers': {
        const text = this.#take(END_OF_LINE);
        if (text === '') this.#state = { in: 'head' };
        return text !== undefined;
      }
      default: {
        const count = Math.min(state.left, this.#bytes.length);
        this.#bytes = this.#bytes.subarray(count);
        state.left -= count;
        if (state.left === 0) this.#state = state.in === 'chunk' ? { in: 'chunk size' } : { in: 'head' };
        return true;
      }
    }
  }

  /** The text before an end, which is taken as well; undefined if that is not here yet. */
  #take(end: Buffer): string | undefined {
    const at = this.#bytes.indexOf(end);
    if (at === -1) return undefined;
    const text = this.#bytes.toString('latin1', 0, at);
    this.#bytes = this.#bytes.subarray(at + end.length);
    return text;
  }
}

function lengthOf(lines: readonly string[]): Length | undefined {
  const values = (name: string) =>
    lines
      .filter((line) => line.toLowerCase().startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1));
  if (values('transfer-encoding').some((value) => /chunked\s*$/i.test(value))) return 'chunked';
  const [length] = values('content-length');
  return length === undefined ? undefined : Number(length);
}

/** Counts what is asked and answered on one connection, into `seen`. */
function count(client: net.Socket, server: net.Socket, seen: Seen[]): void {
  const asked: (readonly [method: string, target: string])[] = [];
  const requests = new Messages((lines) => {
    const [method = '', target = ''] = lines[0]!.split(' ');
    asked.push([method, target]);
    const isUpgrade = lines.some((line) => /^upgrade:/i.test(line));
    return isUpgrade ? UNTIL_CLOSE : (lengthOf(lines) ?? 0);
  });
  const answers = new Messages((lines) => {
    const status = lines[0]!.split(' ')[1]!;
    if (status.startsWith('1') && status !== '101') return 0; // another head follows
    const [method = '', target = ''] = asked.shift() ?? [];
    seen.push({ method, path: target.split('?')[0]!, status });
    if (status === '101') return UNTIL_CLOSE;
    if (method === 'HEAD' || status === '204' || status === '304') return 0;
    return lengthOf(lines) ?? UNTIL_CLOSE;
  });
  client.on('data', (bytes) => requests.read(bytes));
  server.on('data', (bytes) => answers.read(bytes));
}

/** Starts a proxy in front of a port, until the test ends. `seen` is what passed it and was answered. */
export async function proxy(t: TestContext, port: number): Promise<{ seen: Seen[]; host: string }> {
  const seen: Seen[] = [];
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((client) => {
    const server = net.connect(port, '127.0.0.1');
    count(client, server, seen);
    client.pipe(server).pipe(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroySoon();
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return { seen, host: `127.0.0.1:${(listener.address() as AddressInfo).port}` };
}
