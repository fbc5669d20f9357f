import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Point, parseLines } from './line-protocol.ts';
import { within } from './within.ts';

export interface Write {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly points: Point[];
}

/** Handles a write. `undefined` stores it with 204. */
export type Answer = (write: Write, res: http.ServerResponse, attempt: number) => void;

/** Shorter than the timeout of a test file, so that the error names the test. */
const STORED_MS = 30_000;

const OF_PROCESSES = new Set(['delivery', 'request-metrics', 'process-info', 'process-event']);

export interface FakeInflux {
  readonly url: string;
  /** All writes, stored or not. */
  readonly writes: Write[];
  /** Points that were answered with 204. */
  readonly points: Point[];
  /** Points of the process: `delivery`, `request-metrics`, `process-info`, `process-event`. */
  readonly ofProcess: Point[];
  /** The number of open sockets. */
  readonly sockets: () => number;
  answer: Answer | undefined;
  /** Resolves when that many points are stored. */
  stored(count: number): Promise<Point[]>;
  close(): Promise<void>;
}

/**
 * A scriptable server for line protocol: for responses that a real InfluxDB cannot produce on demand, and for tests
 * that inspect single points.
 */
export async function fakeInflux(t: TestContext, port = 0): Promise<FakeInflux> {
  const writes: Write[] = [];
  const points: Point[] = [];
  const ofProcess: Point[] = [];
  const waiting: { count: number; resolve: (points: Point[]) => void }[] = [];
  let sockets = 0;

  const server = http.createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const text = (req.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    const write = { path: req.url!, headers: req.headers, points: parseLines(text) };
    // Tests of requests ignore the periodic points of the process.
    if (write.points.every(({ measurement }) => OF_PROCESSES.has(measurement))) {
      ofProcess.push(...write.points);
      res.writeHead(204).end();
      return;
    }
    writes.push(write);
    res.once('finish', () => {
      if (res.statusCode !== 204) return;
      points.push(...write.points);
      for (const { count, resolve } of waiting) if (points.length >= count) resolve(points);
    });
    if (fake.answer === undefined) res.writeHead(204).end();
    else fake.answer(write, res, writes.length);
  });
  server.on('connection', (socket) => {
    sockets++;
    socket.on('close', () => sockets--);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  const fake: FakeInflux = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    points,
    ofProcess,
    sockets: () => sockets,
    answer: undefined,
    stored: (count) => {
      const stored = new Promise<Point[]>((resolve) => {
        if (points.length >= count) resolve(points);
        else waiting.push({ count, resolve });
      });
      return within(stored, () => `${count} points are stored (${points.length} are)`, STORED_MS);
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
  t.after(() => fake.close());
  return fake;
}
