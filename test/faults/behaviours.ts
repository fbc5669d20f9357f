import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Behaviour, pass } from './gate.ts';

/** Says this, and stores nothing. */
export function answer(status: number, headers: Record<string, string> = {}, body = ''): Behaviour {
  return ({ res }) => res.writeHead(status, headers).end(body);
}

/** Stores it and says this, unless the database itself refuses it. */
export function storeAndAnswer(status: number): Behaviour {
  return async ({ store, res }) => {
    const stored = await store();
    res.writeHead(stored.status < 400 ? status : stored.status).end(stored.said);
  };
}

/** The first so many attempts are treated one way, all others as if nothing had happened. */
export function first(attempts: number, behaviour: Behaviour): Behaviour {
  return (exchange) => (exchange.attempt <= attempts ? behaviour(exchange) : pass(exchange));
}

export const hang: Behaviour = () => {};

export const storeAndHang: Behaviour = ({ store }) => store();

export const reset: Behaviour = ({ res }) => res.socket?.resetAndDestroy();

export const storeAndReset: Behaviour = async ({ store, res }) => {
  await store();
  res.socket?.resetAndDestroy();
};

export const storeHalfAndReset: Behaviour = async ({ lines, store, res }) => {
  await store(lines.slice(0, Math.ceil(lines.length / 2)));
  res.socket?.resetAndDestroy();
};

/** Takes writes of at most so many lines. */
export function tooLarge(most: number): Behaviour {
  return (exchange) => (exchange.lines.length > most ? answer(413)(exchange) : pass(exchange));
}

export const late: Behaviour = async (exchange) => {
  await sleep(150);
  await pass(exchange);
};

let bomb: Buffer | undefined;

/** Answers that no server should give. */
export const STRANGE: Readonly<Record<string, Behaviour>> = {
  'an error of 40 MB': ({ res }) => {
    res.writeHead(500, { 'content-type': 'application/json' });
    res.end(`{"error":"${'x'.repeat(40 << 20)}"}`);
  },
  'a head that comes a letter at a time, for ever': ({ res }) => {
    const timer = setInterval(() => res.socket?.write('x'), 50);
    res.socket?.on('close', () => clearInterval(timer));
    res.socket?.write('HTTP/1.1 204 No Content\r\nx-drip: ');
  },
  'JSON that is no message': answer(400, { 'content-type': 'application/json' }, '{"error":{"toString":1}}'),
  'JSON without an end': answer(
    400,
    { 'content-type': 'application/json' },
    `{"message":${'['.repeat(20_000)}`,
  ),
  'JSON in JSON, 20 000 deep': answer(
    400,
    { 'content-type': 'application/json' },
    `{"error":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  ),
  'a body without an end': ({ res }) => {
    res.writeHead(503);
    const more = () => {
      while (!res.destroyed && res.write('x'.repeat(65_536)));
    };
    res.on('drain', more);
    more();
  },
  'a body that stops': ({ res }) => {
    res.writeHead(503, { 'content-length': 1000 });
    res.write('x');
  },
  'no HTTP': ({ res }) => res.socket?.end('\0\u0007 what? \r\n\r\n'),
  'half an answer': ({ res }) => res.socket?.end('HTTP/1.1 503 Service Unav'),
  'a gzip bomb': ({ res }) => {
    res.writeHead(500, { 'content-encoding': 'gzip', 'content-type': 'application/json' });
    bomb ??= gzipSync(Buffer.alloc(64 << 20));
    res.end(bomb);
  },
  'a reset': reset,
  'a reset in the body': ({ res }) => {
    res.writeHead(500, { 'content-length': 1000 });
    res.write('x', () => res.socket?.resetAndDestroy());
  },
  'a reset after it was stored': storeAndReset,
};
