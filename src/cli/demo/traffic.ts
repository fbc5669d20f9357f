import { pathToFileURL } from 'node:url';
import type autocannon from 'autocannon';

/** Options of {@link sendTraffic}. */
export interface TrafficOptions {
  /** The path of autocannon's main file. */
  autocannon: string;
  url: string;
  /** The exact number of requests. */
  requests: number;
  /** At most `requests`. */
  connections: number;
  /** Called for each response. */
  onResponse(): void;
  /** Ends the traffic early. */
  signal: AbortSignal;
}

/** The result of {@link sendTraffic}. */
export interface TrafficResult {
  sent: number;
  /** Requests that failed by a connection error or a timeout. */
  failed: number;
  durationMs: number;
}

/** The mix of requests, by weight, as in the API of a small shop. */
const MIX: [weight: number, request: autocannon.Request][] = [
  [28, { path: '/' }],
  [22, { path: '/items/42' }],
  [2, { path: '/items/4711' }], // does not exist
  [15, { path: '/search?q=lamp' }],
  [4, { path: '/report' }],
  [
    10,
    {
      method: 'POST',
      path: '/orders',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ item: 42, amount: 2 }),
    },
  ],
  [14, { path: '/tenants/acme/items/7' }],
  [2, { method: 'DELETE', path: '/tenants/acme/items/7' }],
  [3, { path: '/wp-login.php' }], // a scanner
];

/** Sends exactly `requests` requests over several connections, in the order of a shuffled mix. */
export async function sendTraffic(options: TrafficOptions): Promise<TrafficResult> {
  const { default: run } = (await import(pathToFileURL(options.autocannon).href)) as {
    default: typeof autocannon;
  };
  options.signal.throwIfAborted();
  const started = performance.now();
  let answered = started;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const traffic = run(
      {
        url: options.url,
        amount: options.requests,
        connections: options.connections,
        // Each connection has its own order, so that they do not all send the same request at the same time.
        setupClient: (client) => client.setRequests(shuffledMix()),
        sampleInt: 100, // how often autocannon checks whether it is done, ms
      },
      (error, result) => {
        options.signal.removeEventListener('abort', stop);
        if (error) reject(error);
        else resolve(result);
      },
    );
    const stop = () => traffic.stop();
    options.signal.addEventListener('abort', stop);
    traffic.on('response', () => {
      answered = performance.now();
      options.onResponse();
    });
  });
  options.signal.throwIfAborted();
  return { sent: result.requests.sent, failed: result.errors, durationMs: answered - started };
}

function shuffledMix(): autocannon.Request[] {
  const requests = MIX.flatMap(([weight, request]) => Array.from({ length: weight }, () => ({ ...request })));
  for (let i = requests.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [requests[i], requests[j]] = [requests[j]!, requests[i]!];
  }
  return requests;
}
