import http, { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { guarded } from '../../safety/guard.ts';

const TIMEOUT_MS = 2000;

/** The header by which the viewer is told from an InfluxDB, and from anything else. */
export const VIEW_HEADER = 'x-raw-requests-view';

/** Whether a live view listens at an address, or something else, or nobody. */
export function identifyListener(url: string): Promise<'view' | 'another' | 'nobody'> {
  return new Promise((resolve) => {
    const answered = (res: IncomingMessage) => {
      res.resume();
      resolve(VIEW_HEADER in res.headers ? 'view' : 'another');
    };
    const failed = ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNREFUSED' ? 'nobody' : 'another');
    const options = { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const req = http.get(`${url}/ping`, options, guarded('the answer of a listener', answered));
    req.on('error', guarded('a listener that does not answer', failed));
    req.on(
      'socket',
      guarded('the connection to a listener', (socket: Socket) => socket.unref()),
    );
  });
}
