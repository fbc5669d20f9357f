import type { IncomingMessage } from 'node:http';
import { guarded } from '../../safety/guard.ts';

/** The most bytes of a response that are read. */
const MAX_ANSWER_BYTES = 65_536;

/** The response of a server. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The error message, else the body. It may be cut off. */
  readonly message: string;
}

/**
 * Reads a response, up to {@link MAX_ANSWER_BYTES}. It is not decompressed, because its decompressed size is not
 * bounded.
 */
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
    get message() {
      return messageIn(Buffer.concat(chunks).toString()) || String(header ?? '');
    },
  };
}

/**
 * The error message in a body: `error` in InfluxDB 1.x, `message` in 2.x and 3.x. The whole body if there is no such
 * text.
 */
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
