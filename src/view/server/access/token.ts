import { createHash, timingSafeEqual } from 'node:crypto';

/** The secret of readers and writers. Comparisons take constant time. */
export class Token {
  readonly #digest: Buffer;

  constructor(token: string) {
    this.#digest = digest(token);
  }

  is(shown: string): boolean {
    return timingSafeEqual(digest(shown), this.#digest);
  }

  /** Whether a header contains it, as InfluxDB clients send it: `Token`, `Bearer`, or the password of `Basic`. */
  isIn(authorization: string | undefined): boolean {
    const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(authorization ?? '') ?? [];
    if (/^(?:token|bearer)$/i.test(scheme)) return this.is(value);
    if (!/^basic$/i.test(scheme)) return false;
    const pair = Buffer.from(value, 'base64').toString();
    return this.is(pair.slice(pair.indexOf(':') + 1));
  }
}

/** Digests have the same length for any text. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
