import { once } from 'node:events';
import { atServer } from '../modes.ts';
import { requestText, statusOf } from '../run/client.ts';
import type { Expected, Scenario } from './scenario.ts';

type Points = Scenario['points'];

/** Only `register` records these requests, since no handler is called. Some frameworks choose their own status. */
const seenAtServer =
  (point: Omit<Expected, 'route' | 'status'>): Points =>
  (answer, mode) =>
    atServer(mode) ? [{ route: '(unmatched)', status: statusOf(answer), ...point }] : [];

/** Connections that are upgraded, and requests that Node answers itself. */
export const beyondHandlers: Scenario[] = [
  {
    name: 'a WebSocket is one point, when it has ended',
    path: '/live',
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const socket = await client.webSocket(path);
      socket.send('x'.repeat(100));
      await once(socket, 'message');
      socket.close();
      await once(socket, 'close');
      return 'HTTP/1.1 101 Switching Protocols';
    },
    points: seenAtServer({
      method: 'GET',
      outcome: 'upgraded',
      // 100 bytes with a frame header of 2, or of 6 from the client, and the closing frames.
      fields: { bytes_in: (value) => value >= 106, bytes_out: (value) => value >= 102 },
    }),
  },
  {
    name: 'an upgrade that is refused has the status that it was refused with',
    path: '/refused',
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client, path) =>
      client.exchangeRaw(requestText('GET', path, { connection: 'upgrade', upgrade: 'websocket' })),
    points: seenAtServer({ method: 'GET', outcome: 'finished' }),
  },
  {
    name: 'a tunnel is upgraded',
    path: 'example.com:443',
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client, path) => client.exchangeRaw(requestText('CONNECT', path)),
    points: seenAtServer({
      method: 'CONNECT',
      outcome: 'upgraded',
      fields: { bytes_out: 'goodbye'.length },
    }),
  },
  {
    name: 'what is no HTTP is rejected',
    path: undefined,
    decidedBy: 'framework',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client) => client.exchangeRaw('GET / HTTP/1.1\r\nhost: contract\r\nno header\r\n\r\n'),
    points: seenAtServer({ method: 'GET', outcome: 'rejected' }),
  },
  {
    name: 'a head that is too long is rejected',
    path: undefined,
    decidedBy: 'framework',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client) => client.exchangeRaw(requestText('DELETE', '/', { long: 'x'.repeat(20_000) })),
    points: seenAtServer({ method: 'DELETE', outcome: 'rejected' }),
  },
];
