import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import type { Stats } from '../../../src/index.ts';
import type { ShopMessage } from '../../fixtures/shop.ts';
import { lasting } from '../within.ts';

const PROGRAM = fileURLToPath(new URL('../../fixtures/shop.js', import.meta.url));

/** Recorded server processes, and the traffic that they got. */
export interface Shop {
  /**
   * Sends real traffic for a while: all routes, aborts, uploads, traces, proxies; `rate` requests per second for each
   * process.
   */
  traffic(seconds: number, rate: number): Promise<void>;
  /** Delivers everything. Returns the ledger of each process. */
  finish(): Promise<Stats[]>;
}

/** @param services the service of each process; no tag if it is empty */
export async function openShop(influxUrl: string, services: readonly string[]): Promise<Shop> {
  const children = services.map((service) =>
    fork(PROGRAM, {
      env: {
        ...process.env,
        INFLUX_URL: influxUrl,
        INFLUX_DATABASE: 'requests',
        RAW_REQUESTS_SERVICE: service,
      },
    }),
  );
  const urls = await Promise.all(children.map(async (child) => (await message(child, 'url')).url));
  return {
    async traffic(seconds, rate) {
      await Promise.all(urls.map((url) => load(url, seconds, rate)));
    },
    async finish() {
      const ledgers = await Promise.all(
        children.map(async (child) => {
          const answer = message(child, 'ledger');
          child.send('finish');
          return (await answer).ledger;
        }),
      );
      for (const child of children) {
        child.disconnect();
        await once(child, 'exit');
      }
      return ledgers;
    },
  };
}

async function message<K extends 'url' | 'ledger'>(child: ChildProcess, kind: K) {
  for (;;) {
    const [said] = (await once(child, 'message')) as [ShopMessage];
    if (kind in said) return said as Extract<ShopMessage, { [key in K]: unknown }>;
  }
}

const hex = () => Math.floor(Math.random() * 2 ** 48).toString(16);

/** Adds a unique trace to each request. */
const traced = (request: autocannon.Request): autocannon.Request => ({
  ...request,
  headers: {
    traceparent: `00-${`${hex()}${hex()}${hex()}`.padStart(32, '1').slice(0, 32)}-00f067aa0ba902b7-01`,
  },
});
/** Adds the header of a proxy that received the request a moment ago. */
const queued = (request: autocannon.Request): autocannon.Request => ({
  ...request,
  headers: { 'x-request-start': `t=${Date.now() - Math.ceil(40 * Math.random() ** 3)}` },
});

async function load(url: string, seconds: number, rate: number): Promise<void> {
  const leaving = leave(url, seconds);
  await autocannon({
    url,
    connections: 8,
    duration: seconds,
    overallRate: rate,
    requests: [
      { path: '/' },
      { path: '/tenants/7/items/1' },
      { path: '/tenants/8/items/2', setupRequest: traced },
      { path: '/files/a/b.txt', setupRequest: traced },
      { method: 'POST', path: '/report', body: 'x'.repeat(2000), setupRequest: traced },
      { path: '/missing' },
      { path: '/', setupRequest: queued },
      { path: '/tenants/9/items/3', setupRequest: queued },
      { method: 'PUT', path: '/files/c', body: 'y'.repeat(500) },
      { path: '/broken', setupRequest: traced },
      { path: '/' },
    ],
  });
  await leaving;
}

/** Clients that leave before the response. */
async function leave(url: string, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const request = http.get(`${url}/slow`, { agent: false });
    request.on('error', () => {});
    await lasting(40 + 260 * Math.random());
    request.destroy();
  }
}
