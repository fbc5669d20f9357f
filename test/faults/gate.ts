import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Scene } from './row.ts';

/** One write on its way to the database. */
export interface Exchange {
  /** Of the writes with requests in them, the how-manieth this is. */
  readonly attempt: number;
  /** Line protocol. */
  readonly lines: string[];
  readonly authorization: string | undefined;
  readonly res: http.ServerResponse;
  /** Has the database store it, or a part of it; resolves to its answer, which nobody has seen yet. */
  store(lines?: string[]): Promise<{ status: number; said: string }>;
}

/** What the gate does with a write. */
export type Behaviour = (exchange: Exchange) => unknown;

export interface Gate {
  readonly url: string;
  /** When writes with requests in them came, ms, and when each was over. */
  readonly attempts: { readonly at: number; over: number }[];
  behave: Behaviour;
}

/** Stands between the library and a database, and does to writes what it is told. */
export async function openGate(
  scene: Pick<Scene, 'after'>,
  store: (lines: string[]) => Promise<{ status: number; said: string }>,
  behave: Behaviour,
): Promise<Gate> {
  const attempts: Gate['attempts'] = [];
  const server = http.createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const lines = gunzipSync(Buffer.concat(chunks)).toString().trimEnd().split('\n');
    const { authorization } = req.headers;
    const exchange = { attempt: 0, lines, authorization, res, store: (part = lines) => store(part) };
    // What a process says of itself once a second does not count.
    if (lines.every((line) => line.startsWith('delivery,'))) return void pass(exchange);
    const attempt = { at: performance.now(), over: Number.NaN };
    attempts.push(attempt);
    res.on('close', () => {
      attempt.over = performance.now();
    });
    gate.behave({ ...exchange, attempt: attempts.length });
  });
  server.on('clientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scene.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const gate: Gate = { url: `http://127.0.0.1:${port}`, attempts, behave };
  return gate;
}

/** Stores in an InfluxDB. */
export function into(url: string): (lines: string[]) => Promise<{ status: number; said: string }> {
  return async (lines) => {
    const response = await fetch(`${url}/write?db=requests&precision=ns`, {
      method: 'POST',
      body: lines.join('\n'),
    });
    return { status: response.status, said: await response.text() };
  };
}

/** As if there were no gate. */
export async function pass({ store, res }: Exchange): Promise<void> {
  try {
    const { status, said } = await store();
    res.writeHead(status).end(said);
  } catch {
    res.destroy();
  }
}
