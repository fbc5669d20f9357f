import { once } from 'node:events';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { serve } from '../process.ts';

/** An exact number of requests over keep-alive connections. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  /** Requests per second, evenly spread; undefined for as fast as they are answered. */
  readonly rate: number | undefined;
}

export interface LoadResult {
  readonly seconds: number;
}

serve((load: Load) => (load.rate === undefined ? fast(load) : paced(load, load.rate)));

const PATH = '/items/1234';

function fast({ port, connections, requests }: Load): Promise<LoadResult> {
  const url = `http://127.0.0.1:${port}${PATH}`;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let answers = 0;
    let end = Number.NaN;
    // The result comes with the next sample, so samples are short; the time is taken with the last answer.
    const options = { url, connections, amount: requests, sampleInt: 10 };
    const run = autocannon(options, (error, { '2xx': good, non2xx: bad, errors }) => {
      if (good === requests && errors === 0) resolve({ seconds: (end - start) / 1e3 });
      else
        reject(
          error ??
            new Error(`${requests} requests: ${good} got 2xx, ${bad} another status, ${errors} failed`),
        );
    });
    run.on('response', () => {
      if (++answers === requests) end = performance.now();
    });
  });
}

/** autocannon sends what a rate allows for a second at the second's start; here it is each millisecond's part. */
async function paced({ port, connections, requests }: Load, rate: number): Promise<LoadResult> {
  const request = `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\n\r\n`;
  const idle: net.Socket[] = [];
  const failure = new AbortController();
  let answers = 0;
  let done: () => void = () => {};
  for (let i = 0; i < connections; i++) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', (error) => failure.abort(error));
    socket.on('data', (chunk) => {
      if (chunk.toString('latin1', 9, 12) !== '200') failure.abort(new Error(`answered with ${chunk}`));
      idle.push(socket);
      if (++answers === requests) done();
    });
    await once(socket, 'connect');
    idle.push(socket);
  }

  const start = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(requests, ((performance.now() - start) / 1e3) * rate);
    for (; sent < due && idle.length > 0; sent++) idle.shift()!.write(request);
  }, 1);
  try {
    await new Promise<void>((resolve, reject) => {
      done = resolve;
      failure.signal.addEventListener('abort', () => reject(failure.signal.reason));
    });
  } finally {
    clearInterval(timer);
    for (const socket of idle) socket.destroy();
  }
  return { seconds: (performance.now() - start) / 1e3 };
}
