import type { IncomingMessage } from 'node:http';
import { guarded } from '../../safety/guard.ts';
import type { Refusal } from './access/access.ts';
import { Gunzip } from './gunzip.ts';
import type { TaskScheduler } from './task-scheduler.ts';

/** Limit for all bodies that are being received, decompressed or parsed. */
const MAX_TOTAL_BYTES = 96 * 2 ** 20;

export interface Body {
  /** Decompressed. */
  readonly bytes: Buffer;
  /** As received. */
  readonly raw: Buffer;
  readonly encoding: string | undefined;
  /** Frees the memory of `bytes`. Has to be called when the body has been parsed. */
  release(): void;
}

/** Receives and decompresses bodies. The memory for all of them together is bounded. */
export class BodyReader {
  readonly #scheduler: TaskScheduler;
  readonly #gunzip = new Gunzip();
  #reservedBytes = 0;

  constructor(scheduler: TaskScheduler) {
    this.#scheduler = scheduler;
  }

  /** Receives a body of at maxBytes `maxBytes`, decompressed. */
  async read(req: IncomingMessage, maxBytes: number): Promise<Body | Refusal> {
    const encoding = req.headers['content-encoding']?.toLowerCase();
    const isPlain = encoding === undefined || encoding === 'identity';
    if (!isPlain && encoding !== 'gzip' && encoding !== 'x-gzip') {
      return {
        status: 415,
        reason: `unsupported content encoding "${encoding.slice(0, 40)}": use gzip or none`,
      };
    }
    const tooLarge = {
      status: 413,
      reason: `Request Entity Too Large: a body may have ${maxBytes} bytes, decompressed; write smaller batches`,
    };
    if (Number(req.headers['content-length'] ?? 0) > maxBytes) return tooLarge;

    const reservation = new Reservation(this);
    try {
      const parts = await receive(req, maxBytes, reservation);
      if (typeof parts === 'string') {
        reservation.release();
        return parts === 'too large' ? tooLarge : BUSY;
      }
      const raw = await this.#join(parts);
      if (isPlain) return { bytes: raw, raw, encoding: undefined, release: () => reservation.release() };
      const memory = await this.#gunzip.run(raw, maxBytes, (bytes) => reservation.reserve(bytes));
      if (typeof memory === 'string') {
        reservation.release();
        return memory === 'too large' ? tooLarge : BUSY;
      }
      const release = () => {
        memory.release();
        reservation.release();
      };
      return { bytes: memory.content, raw, encoding, release };
    } catch (error) {
      reservation.release();
      return { status: 400, reason: `unable to read the body: ${(error as Error).message}` };
    }
  }

  /** Joins the parts in slices, because copying megabytes takes a while. */
  async #join(parts: readonly Buffer[]): Promise<Buffer> {
    if (parts.length === 1) return parts[0]!;
    const whole = Buffer.allocUnsafeSlow(parts.reduce((bytes, part) => bytes + part.length, 0));
    let next = 0;
    let length = 0;
    const step = (shouldYield: () => boolean) => {
      while (next < parts.length) {
        length += parts[next++]!.copy(whole, length);
        if (next % 8 === 0 && shouldYield()) return false;
      }
      return true;
    };
    if (!(await this.#scheduler.run({ step }))) throw new Error('the view is ending');
    return whole;
  }

  /** Reserves memory. Returns false if the limit would be exceeded. */
  reserve(bytes: number): boolean {
    if (this.#reservedBytes + bytes > MAX_TOTAL_BYTES) return false;
    this.#reservedBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#reservedBytes -= bytes;
  }
}

/** The memory that is reserved for one body. */
class Reservation {
  readonly #reader: BodyReader;
  #bytes = 0;

  constructor(reader: BodyReader) {
    this.#reader = reader;
  }

  reserve(bytes: number): boolean {
    if (!this.#reader.reserve(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  release(): void {
    this.#reader.release(this.#bytes);
    this.#bytes = 0;
  }
}

const BUSY: Refusal = { status: 503, reason: 'too many bodies at once; try again' };

/** The parts of a body, as received. */
async function receive(
  req: IncomingMessage,
  maxBytes: number,
  reservation: Reservation,
): Promise<Buffer[] | 'too large' | 'busy'> {
  // The client may have left while this body waited for the previous one.
  if (req.destroyed && !req.readableEnded) throw new Error('the client went away');
  const parts: Buffer[] = [];
  let length = 0;
  const problem = await new Promise<'too large' | 'busy' | undefined>((resolve, reject) => {
    const arrived = (part: Buffer) => {
      length += part.length;
      if (length > maxBytes) resolve('too large');
      else if (!reservation.reserve(part.length)) resolve('busy');
      else parts.push(part);
    };
    req.on('data', guarded('the body of a request to the view', arrived));
    req.once('end', () => resolve(undefined));
    req.once('error', reject);
    req.once('close', () => reject(new Error('the client went away')));
  });
  req.removeAllListeners('data');
  return problem ?? parts;
}
