import http from 'node:http';

const TIMEOUT_MS = 2000;

/** The header by which the viewer is told from an InfluxDB, and from anything else. */
export const VIEW_HEADER = 'x-raw-requests-view';

/** Whether a live view listens at an address, or something else, or nobody. */
export function whoListens(url: string): Promise<'view' | 'another' | 'nobody'> {
  return new Promise((resolve) => {
    const req = http.get(`${url}/ping`, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (res) => {
      res.resume();
      resolve(VIEW_HEADER in res.headers ? 'view' : 'another');
    });
    req.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNREFUSED' ? 'nobody' : 'another'),
    );
    req.on('socket', (socket) => socket.unref());
  });
}
