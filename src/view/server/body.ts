import type { IncomingMessage } from 'node:http';
import { guarded } from '../../safety/guard.ts';
import type { Refusal } from './access/access.ts';
import { Gunzip } from './gunzip.ts';
import type { Turns } from './turns.ts';

/** Bytes of all bodies that are being received, decompressed or read. */
const MAX_TOTAL_BYTES = 96 * 2 ** 20;

export interface Body {
  /** Decompressed. */
  readonly bytes: Buffer;
  /** As it came. */
  readonly raw: Buffer;
  readonly encoding: string | undefined;
  /** Gives the memory of `bytes` back: to be called when they have been read. */
  release(): void;
}

/** Receives bodies and decompresses them, within a bound of memory for all of them together. */
export class Bodies {
  readonly #turns: Turns;
  readonly #gunzip = new Gunzip();
  #atOnce = 0;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Receives a body of at most `most` bytes, decompressed. */
  async read(req: IncomingMessage, most: number): Promise<Body | Refusal> {
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
      reason: `Request Entity Too Large: a body may have ${most} bytes, decompressed; write smaller batches`,
    };
    if (Number(req.headers['content-length'] ?? 0) > most) return tooLarge;

    const share = new Share(this);
    try {
      const parts = await receive(req, most, share);
      if (typeof parts === 'string') {
        share.release();
        return parts === 'too large' ? tooLarge : BUSY;
      }
      const raw = await this.#join(parts);
      if (isPlain) return { bytes: raw, raw, encoding: undefined, release: () => share.release() };
      const memory = await this.#gunzip.run(raw, most, (bytes) => share.take(bytes));
      if (typeof memory === 'string') {
        share.release();
        return memory === 'too large' ? tooLarge : BUSY;
      }
      const release = () => {
        memory.release();
        share.release();
      };
      return { bytes: memory.content, raw, encoding, release };
    } catch (error) {
      share.release();
      return { status: 400, reason: `unable to read the body: ${(error as Error).message}` };
    }
  }

  /** Megabytes take a while to copy: in turns with others. */
  async #join(parts: readonly Buffer[]): Promise<Buffer> {
    if (parts.length === 1) return parts[0]!;
    const whole = Buffer.allocUnsafeSlow(parts.reduce((bytes, part) => bytes + part.length, 0));
    let next = 0;
    let length = 0;
    const step = (isOver: () => boolean) => {
      while (next < parts.length) {
        length += parts[next++]!.copy(whole, length);
        if (next % 8 === 0 && isOver()) return false;
      }
      return true;
    };
    if (!(await this.#turns.do({ step }))) throw new Error('the view is ending');
    return whole;
  }

  /** Takes memory, or says that there is not so much left. */
  take(bytes: number): boolean {
    if (this.#atOnce + bytes > MAX_TOTAL_BYTES) return false;
    this.#atOnce += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#atOnce -= bytes;
  }
}

/** What one body takes of the memory for all. */
class Share {
  readonly #all: Bodies;
  #bytes = 0;

  constructor(all: Bodies) {
    this.#all = all;
  }

  take(bytes: number): boolean {
    if (!this.#all.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  release(): void {
    this.#all.giveBack(this.#bytes);
    this.#bytes = 0;
  }
}

const BUSY: Refusal = { status: 503, reason: 'too many bodies at once; try again' };

/** The parts of a body, as they came. */
async function receive(
  req: IncomingMessage,
  most: number,
  share: Share,
): Promise<Buffer[] | 'too large' | 'busy'> {
  // A body that has waited for the one before it may have lost its client meanwhile.
  if (req.destroyed && !req.readableEnded) throw new Error('the client went away');
  const parts: Buffer[] = [];
  let length = 0;
  const problem = await new Promise<'too large' | 'busy' | undefined>((resolve, reject) => {
    const arrived = (part: Buffer) => {
      length += part.length;
      if (length > most) resolve('too large');
      else if (!share.take(part.length)) resolve('busy');
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
