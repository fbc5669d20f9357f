import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { Application } from './applications.ts';
import { between } from './random.ts';

/** What a client counts. */
export interface Loaded {
  answered: number;
  /** Not answered at all: an application under load has to. */
  failed: number;
  /** Left by the client before there was an answer; a part of them never reaches the application. */
  left: number;
}

const LONG_PATH = 700;
const MAX_REQUESTS_PER_SECOND = 180;

/** Loads an application, sometimes more and sometimes less and sometimes not at all, until `over`. */
export async function load(
  app: Application,
  random: () => number,
  loaded: Loaded,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    if (random() < 0.1)
      await sleep(1000 * between(random, 3, 15), undefined, { signal: over }).catch(() => {});
    else await spell(app, random, loaded);
  }
}

/** A few seconds of the same load. */
export async function spell(app: Application, random: () => number, loaded: Loaded): Promise<void> {
  const seconds = Math.ceil(between(random, 3, 15));
  const rate = Math.ceil(between(random, 5, MAX_REQUESTS_PER_SECOND));
  const leaving = leave(app, Math.ceil(seconds / 3), loaded);
  const result = await autocannon({
    url: app.url,
    amount: rate * seconds,
    overallRate: rate,
    connections: Math.ceil(between(random, 0, 30)),
    timeout: 30,
    requests: requests(app),
  });
  loaded.answered += result['2xx'] + result.non2xx;
  loaded.failed += result.errors + result.timeouts;
  await leaving;
}

function requests({ longPaths }: Application): autocannon.Request[] {
  const item: autocannon.Request = {
    setupRequest: (request) => ({ ...request, path: `/tenants/${number(50)}/items/${number(10_000)}` }),
  };
  const file: autocannon.Request = {
    setupRequest: (request) => ({ ...request, path: `/files/${randomText()}` }),
  };
  const order: autocannon.Request = { method: 'POST', path: '/orders', body: 'x'.repeat(2000) };
  const paths = ['/', '/', '/slow', '/stream', '/broken', '/nothing/here'].map((path) => ({ path }));
  return longPaths ? [file, file, file, item, ...paths] : [item, item, item, order, ...paths];
}

/** Clients that ask for something and do not wait for it. */
async function leave(app: Application, count: number, loaded: Loaded): Promise<void> {
  for (let client = 0; client < count; client++) {
    const socket = net.connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /slow HTTP/1.1\r\nHost: here\r\n\r\n');
    loaded.left++;
    await sleep(20 * Math.random());
    socket.destroy();
  }
}

function number(below: number): number {
  return Math.floor(below * Math.random());
}

function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(LONG_PATH))).toString('base64url');
}
