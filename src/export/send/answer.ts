import type { IncomingMessage } from 'node:http';
import { guarded } from '../../safety/guard.ts';

/** Of an answer, no more than this is read, in bytes. */
const MAX_ANSWER_BYTES = 65_536;

/** What a server has answered: bytes of which nothing is taken for granted. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** What it says: its error message, else all of it; may be cut off. */
  readonly said: string;
}

/** Listens to an answer. No more of it is taken than there is use for, and it is taken as it is: what it may unpack to has no bound. */
export function readAnswer(res: IncomingMessage): Answer {
  delete res.headers['content-encoding'];
  const chunks: Buffer[] = [];
  let bytes = 0;
  res.on(
    'data',
    guarded("the database's answer", (chunk: Buffer) => {
      if (bytes < MAX_ANSWER_BYTES) chunks.push(chunk.subarray(0, MAX_ANSWER_BYTES - bytes));
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) res.destroy();
    }),
  );
  const header = res.headers['x-influxdb-error'];
  return {
    status: res.statusCode ?? 0,
    retryAfter: res.headers['retry-after'],
    get said() {
      return messageIn(Buffer.concat(chunks).toString()) || String(header ?? '');
    },
  };
}

/** The error message: InfluxDB 1.x says `error`, 2.x and 3.x `message`. Where there is none that is text, the whole answer. */
export function messageIn(text: string): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof json !== 'object' || json === null) return text;
  for (const name of ['error', 'message']) {
    const message: unknown = Object.getOwnPropertyDescriptor(json, name)?.value;
    if (typeof message === 'string' && message !== '') return message;
  }
  return text;
}
