import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import type { Refusal } from './access.ts';

/** So long a client that sends too much may go on sending, to be able to read why it was refused. */
const LINGER_MS = 2000;
/** Bytes of all bodies that are being received or decompressed. */
const MOST_AT_ONCE = 96 * 2 ** 20;
/** Of the memory for decompressed bodies, between two of them. */
const MOST_KEPT = 4 * 2 ** 20;

let atOnce = 0;

export interface Body {
  /** Decompressed. */
  readonly bytes: Buffer;
  /** As it came. */
  readonly raw: Buffer;
  readonly encoding: string | undefined;
  /** Gives the memory of `bytes` back: to be called when they have been looked at. */
  release(): void;
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
    if (encoding === undefined || encoding === 'identity')
      return { bytes: raw, raw, encoding: undefined, release: () => {} };
    const bytes = await decompress(raw, most);
    if (bytes === undefined) return tooLarge;
    return { bytes: bytes.content, raw, encoding, release: () => bytes.release() };
  } catch (error) {
    return { status: 400, reason: `unable to read the body: ${(error as Error).message}` };
  } finally {
    atOnce -= held;
  }
}

/**
 * Memory for decompressed bodies, one after the other. Left to the garbage collector, megabytes a second would pile up
 * beside what is kept; and several at a time would not be faster, as one thread reads them.
 */
class Memory {
  static readonly #kept = new Memory();
  static #last: Promise<void> = Promise.resolve();
  #released: () => void = () => {};
  #bytes = Buffer.allocUnsafeSlow(2 ** 20);
  #used = 0;

  /** Waits for its turn. {@link release} has to follow. */
  static async take(): Promise<Memory> {
    const before = Memory.#last;
    let released = () => {};
    Memory.#last = new Promise((resolve) => {
      released = resolve;
    });
    await before;
    Memory.#kept.#released = released;
    return Memory.#kept;
  }

  get length(): number {
    return this.#used;
  }

  get content(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  add(chunk: Buffer): void {
    if (this.#used + chunk.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#used + chunk.length));
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#used);
    this.#used += chunk.length;
  }

  release(): void {
    this.#used = 0;
    if (this.#bytes.length > MOST_KEPT) this.#bytes = Buffer.allocUnsafeSlow(2 ** 20);
    this.#released();
  }
}

/** `undefined` if there is more than `most`. */
async function decompress(raw: Buffer, most: number): Promise<Memory | undefined> {
  const memory = await Memory.take();
  const gunzip = createGunzip({ chunkSize: 2 ** 15 });
  gunzip.end(raw);
  try {
    for await (const chunk of gunzip) {
      if (memory.length + chunk.length > most) {
        memory.release();
        return undefined;
      }
      memory.add(chunk);
    }
    return memory;
  } catch (error) {
    memory.release();
    throw error;
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
