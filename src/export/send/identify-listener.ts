import http, { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { guarded } from '../../safety/guard.ts';

const TIMEOUT_MS = 2000;

/** The header that identifies the live view, which otherwise looks like an InfluxDB. */
export const VIEW_HEADER = 'x-raw-requests-view';

/** Identifies the program that listens at an address. */
export function identifyListener(url: string): Promise<'view' | 'other' | 'none'> {
  return new Promise((resolve) => {
    const answered = (res: IncomingMessage) => {
      res.resume();
      resolve(VIEW_HEADER in res.headers ? 'view' : 'other');
    };
    const failed = ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED' ? 'none' : 'other');
    const options = { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const req = http.get(`${url}/ping`, options, guarded('the answer of a listener', answered));
    req.on('error', guarded('a listener that does not answer', failed));
    req.on(
      'socket',
      guarded('the connection to a listener', (socket: Socket) => socket.unref()),
    );
  });
}
