import { once } from 'node:events';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { serve } from '../process.ts';

/** Requests over keep-alive connections, of which each has one request at a time. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  /** Requests per second, evenly spread; undefined for as fast as they are answered. */
  readonly rate: number | undefined;
}

export interface LoadResult {
  readonly seconds: number;
  /** Fewer than were wanted, if a server cannot keep up with the rate. */
  readonly answered: number;
  /** Times to the answer, ms. With a rate they count from when the request was due, not from when it was sent. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Requests that are due are sent once per tick, ms; they are due at the tick. */
const TICK_MS = 1;

serve(async (load: Load): Promise<LoadResult> => {
  const failure = new AbortController();
  const clients = await Promise.all(Array.from({ length: load.connections }, () => connect(load, failure)));
  const failed = new Promise<never>((_, reject) => {
    failure.signal.addEventListener('abort', () => reject(failure.signal.reason));
  });
  const times = new Float64Array(load.requests);
  const start = performance.now();
  try {
    const run = load.rate === undefined ? fast : paced;
    const answered = await Promise.race([run(clients, load, times, start), failed]);
    const seconds = (performance.now() - start) / 1e3;
    const sorted = times.subarray(0, answered).sort();
    const at = (share: number) => sorted[Math.min(answered - 1, Math.floor(answered * share))]!;
    return { seconds, answered, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
  } finally {
    for (const { socket } of clients) socket.destroy();
  }
});

interface Client {
  readonly socket: net.Socket;
  readonly request: Buffer;
  answered: () => void;
}

async function connect({ port }: Load, failure: AbortController): Promise<Client> {
  const socket = net.connect(port, '127.0.0.1');
  const head = `GET /items/1234 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\n\r\n`;
  const client: Client = { socket, request: Buffer.from(head), answered: () => {} };
  let isWithin = false;
  await once(socket, 'connect');
  socket.setNoDelay();
  socket.on('error', (error) => failure.abort(error));
  socket.on('data', (chunk) => {
    if (!isWithin && chunk.toString('latin1', 9, 12) !== '200') {
      failure.abort(new Error(`answered with ${chunk}`));
    }
    isWithin = !isLast(chunk);
    if (!isWithin) client.answered();
  });
  return client;
}

/** Whether an answer ends with this chunk: all servers answer `hello world`, with its length or in chunks. */
function isLast(chunk: Buffer): boolean {
  const last = chunk.at(-1);
  return (
    last === 0x64 || (last === 0x0a && chunk.at(-5) === 0x30 && [undefined, 0x0a].includes(chunk.at(-6)))
  );
}

function fast(clients: Client[], { requests }: Load, times: Float64Array, start: number): Promise<number> {
  let sent = 0;
  let answers = 0;
  return new Promise((resolve) => {
    for (const client of clients) {
      let since = start;
      const next = () => {
        if (sent === requests) return;
        sent++;
        since = performance.now();
        client.socket.write(client.request);
      };
      client.answered = () => {
        times[answers++] = performance.now() - since;
        if (answers === requests) resolve(answers);
        else next();
      };
      next();
    }
  });
}

/** What is due while all connections wait for an answer is sent later, but keeps its time. */
async function paced(
  clients: Client[],
  { requests, rate }: Load,
  times: Float64Array,
  start: number,
): Promise<number> {
  const idle = [...clients];
  const perMs = rate! / 1e3;
  let sent = 0;
  let answers = 0;
  let allAnswered: () => void = () => {};
  const send = (client: Client) => {
    const due = start + Math.ceil(sent++ / perMs / TICK_MS) * TICK_MS;
    client.answered = () => {
      times[answers++] = performance.now() - due;
      idle.push(client);
      if (answers === sent) allAnswered();
    };
    client.socket.write(client.request);
  };
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - start;
      const due = Math.min(requests, elapsed * perMs);
      while (sent < due && idle.length > 0) send(idle.shift()!);
      // The requests that a server cannot keep up with are not waited for.
      if (sent < requests && elapsed < requests / perMs + TICK_MS * 20) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  if (answers < sent)
    await new Promise<void>((resolve) => {
      allAnswered = resolve;
    });
  return answers;
}
