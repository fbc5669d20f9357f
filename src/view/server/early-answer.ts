import type { IncomingMessage, ServerResponse } from 'node:http';
import { guarded } from '../../safety/guard.ts';
import { after, cancel } from '../../safety/time.ts';

/** So long a client that sends too much may go on sending, to be able to read why it was refused. */
const LINGER_MS = 2000;

/**
 * Answers a request whose body was not read to its end. What still comes is thrown away for a moment, because closing at
 * once would reset the connection before the client has read the answer.
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
