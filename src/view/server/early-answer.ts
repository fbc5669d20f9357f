import type { IncomingMessage, ServerResponse } from 'node:http';
import { guarded } from '../../safety/guard.ts';
import { after, cancel } from '../../safety/time.ts';

/** After a refusal, the client may continue to send for this long, so that it can read the response. */
const LINGER_MS = 2000;

/**
 * Responds to a request whose body was not read completely. The rest of the body is discarded for a moment, because
 * closing the connection at once would reset it before the client has read the response.
 */
export function answerEarly(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  headers: Record<string, string>,
  text: string,
): void {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(text)) };
  if (req.complete) {
    res.writeHead(status, all).end(text);
    return;
  }
  res.writeHead(status, { ...all, connection: 'close' });
  res.write(text);
  const end = guarded('the end of a request to the view', () => {
    cancel(timer);
    res.end();
  });
  const timer = after('the end of a request to the view', LINGER_MS, end);
  req.once('end', end);
  req.once('close', end);
  req.resume();
}
