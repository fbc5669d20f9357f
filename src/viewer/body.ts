import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Refusal } from './access.ts';

const decompress = promisify(gunzip);

/** So long a client that sends too much may go on sending, to be able to read why it was refused. */
const LINGER_MS = 2000;
/** Bytes of all bodies that are being received or decompressed. */
const MOST_AT_ONCE = 96 * 2 ** 20;

let atOnce = 0;

export interface Body {
  /** Decompressed. */
  readonly bytes: Buffer;
  /** As it came. */
  readonly raw: Buffer;
  readonly encoding: string | undefined;
}

/** Reads a body of at most `most` bytes, decompressed. */
export async function readBody(req: IncomingMessage, most: number): Promise<Body | Refusal> {
  const encoding = req.headers['content-encoding']?.toLowerCase();
  if (encoding !== undefined && encoding !== 'gzip' && encoding !== 'x-gzip' && encoding !== 'identity')
    return {
      status: 415,
      reason: `unsupported content encoding "${encoding.slice(0, 40)}": use gzip or none`,
    };
  const tooLarge = {
    status: 413,
    reason: `Request Entity Too Large: a body may have ${most} bytes, decompressed; write smaller batches`,
  };
  if (Number(req.headers['content-length'] ?? 0) > most) return tooLarge;

  let held = 0;
  const hold = (bytes: number) => {
    held += bytes;
    atOnce += bytes;
    return atOnce <= MOST_AT_ONCE;
  };
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    const refusal = await new Promise<Refusal | undefined>((resolve, reject) => {
      req.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > most) resolve(tooLarge);
        else if (!hold(chunk.length)) resolve(BUSY);
        else chunks.push(chunk);
      });
      req.once('end', () => resolve(undefined));
      req.once('error', reject);
      req.once('close', () => reject(new Error('the client went away')));
    });
    req.removeAllListeners('data');
    if (refusal !== undefined) return refusal;
    const raw = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    if (encoding === undefined || encoding === 'identity') return { bytes: raw, raw, encoding: undefined };
    return { bytes: await decompress(raw, { maxOutputLength: most, chunkSize: 2 ** 18 }), raw, encoding };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge;
    return { status: 400, reason: `unable to read the body: ${message}` };
  } finally {
    atOnce -= held;
  }
}

const BUSY: Refusal = { status: 503, reason: 'too many bodies at once; try again' };

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
  const end = () => {
    clearTimeout(timer);
    res.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  timer.unref();
  req.once('end', end);
  req.once('close', end);
  req.resume();
}
