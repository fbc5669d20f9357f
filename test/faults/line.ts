import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { Scene } from './row.ts';

/** What a line does to what is sent over it. */
export type Weather =
  | 'fine'
  /** Connections come about, nothing gets through, nobody says so. */
  | 'black hole'
  /** New connections are reset at once, those that are open with the next that is sent. */
  | 'rejecting'
  /** Connections are reset in the middle of what is sent. */
  | 'breaking'
  /** 64 kbit/s in each direction. */
  | 'slow';

export interface Line {
  readonly url: string;
  /** The most connections that were open at a time. */
  readonly most: number;
  /** What has come over it so far, in pieces. */
  readonly pieces: number;
  weather: Weather;
}

const SLOW_BYTES = 8000;
const SLICE_MS = 25;
const BREAKS_AFTER = 100;

/** A line to a port, of any weather: what a network may do, as far as it can be done without one. */
export async function openLine(scene: Pick<Scene, 'after'>, to: number): Promise<Line> {
  const open = new Set<net.Socket>();
  const line = { url: '', most: 0, pieces: 0, weather: 'fine' as Weather };

  const carry = (from: net.Socket, into: net.Socket) => {
    let carried = 0;
    from.on('data', (chunk) => {
      line.pieces++;
      if (line.weather === 'black hole') return; // it never arrives
      if (line.weather === 'rejecting') {
        from.resetAndDestroy();
        return;
      }
      carried += chunk.byteLength;
      if (line.weather === 'breaking' && carried > BREAKS_AFTER) {
        into.write(chunk.subarray(0, chunk.byteLength / 2));
        from.resetAndDestroy();
        return;
      }
      if (line.weather !== 'slow') {
        into.write(chunk);
        return;
      }
      from.pause();
      drip(chunk, into, () => from.resume());
    });
  };

  const server = net.createServer((client) => {
    line.pieces++;
    if (line.weather === 'rejecting') {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const database = net.connect(to, '127.0.0.1');
    for (const socket of [client, database]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(client);
        client.destroy();
        database.destroy();
      });
    }
    open.add(client);
    line.most = Math.max(line.most, open.size);
    carry(client, database);
    carry(database, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scene.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  line.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return line;
}

function drip(chunk: Buffer, into: net.Socket, done: () => void): void {
  const size = (SLOW_BYTES * SLICE_MS) / 1000;
  if (into.destroyed) return;
  into.write(chunk.subarray(0, size));
  const rest = chunk.subarray(size);
  setTimeout(() => (rest.byteLength > 0 ? drip(rest, into, done) : done()), SLICE_MS);
}
