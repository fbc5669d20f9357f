/**
 * Covers secrets in all text for people: the log, the command line, error messages.
 *
 * Code that reads a secret registers it here. From then on it is covered in every encoding in which a server, a proxy
 * or Node may repeat it: plain, percent-encoded, escaped as in JSON, JavaScript or HTML, encoded several times, or in
 * base64, as in `Authorization: Basic`.
 *
 * A short secret may be a common word, which should not be covered in every text:
 * - A secret of 8 or more characters is covered everywhere.
 * - One of 4 to 7 characters is covered only if no letter or digit is next to it.
 * - One of 1 to 3 characters is covered only if, in addition, a secret is expected there: after `password=`, `p=`,
 *   `token=` and similar names, after `Token` or `Bearer`, and between `:` and `@`.
 *
 * Together with its username (`name:secret`) and in base64, a secret counts as longer.
 */

import { type Decoded, decode, ENCODINGS } from './encodings.ts';

/** The replacement of a secret. */
const COVER = '***';

const MAX_PERMANENT = 32;
const MAX_RECENT = 96;
/** A secret is found if it was encoded at most this many times. */
const MAX_LEVELS = 4;
/** Shorter pieces of base64 are not covered, because they occur by chance. */
const MIN_PIECE_LENGTH = 8;

/** Secrets of at least this many characters are covered everywhere. */
const MIN_ANYWHERE = 8;
/** Secrets of at least this many characters are covered if no letter or digit is next to them. */
const MIN_ALONE = 4;

interface Needle {
  readonly bytes: Buffer;
  /** Whether it is a part of a longer base64 text. The characters next to it then contain bits of the secret as well. */
  readonly isPiece: boolean;
  readonly length: number;
}

/** The byte sequences to search for, by secret and username. */
const permanent = new Map<string, readonly Needle[]>();
const recent = new Map<string, readonly Needle[]>();

/**
 * Registers a secret, which {@link redact} covers from now on. The first ones, which are those of settings, are kept
 * permanently. Of later ones, such as those of clients whose lines are passed on, the most recently used are kept.
 */
export function registerSecret(secret: string | undefined, username?: string): void {
  if (secret === undefined || secret === '') return;
  const key = JSON.stringify([secret, username]);
  if (permanent.has(key)) return;
  const needles = recent.get(key) ?? needlesOf(secret, username);
  if (permanent.size < MAX_PERMANENT) {
    permanent.set(key, needles);
    return;
  }
  recent.delete(key);
  recent.set(key, needles);
  if (recent.size > MAX_RECENT) recent.delete(recent.keys().next().value!);
}

/** Registers the secret in the value of an `Authorization` header. */
export function registerAuthorization(header = ''): void {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/s.exec(header) ?? [];
  const pair = /^basic$/i.test(scheme) ? Buffer.from(value, 'base64').toString() : value;
  const colon = pair.indexOf(':');
  if (colon > 0) registerSecret(pair.slice(colon + 1), pair.slice(0, colon));
  registerSecret(value);
}

/** The text with all registered secrets covered. */
export function redact(text: string): string {
  if (permanent.size === 0 || text === '') return text;
  const needles = [...permanent.values(), ...recent.values()].flat();
  const bytes = Buffer.from(text);
  /** For each byte of the text: 1 if it is part of a secret. */
  const covered = new Uint8Array(bytes.length);
  let found = search({ bytes }, needles, covered);
  for (const kind of ENCODINGS) {
    let level = decode({ bytes }, kind);
    for (let count = 0; level !== undefined && count < MAX_LEVELS; count++) {
      found = search(level, needles, covered) || found;
      level = decode(level, kind);
    }
  }
  return found ? cover(bytes, covered) : text;
}

function search({ bytes, starts, ends }: Decoded, needles: readonly Needle[], covered: Uint8Array): boolean {
  let found = false;
  for (const needle of needles) {
    for (const [start, end] of places(bytes, needle)) {
      covered.fill(1, starts?.[start] ?? start, ends?.[end - 1] ?? end);
      found = true;
    }
  }
  return found;
}

function cover(bytes: Buffer, covered: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const isSecret = covered[at] === 1;
    while (at < bytes.length && (covered[at] === 1) === isSecret) at++;
    text += isSecret ? COVER : bytes.toString('utf8', start, at);
  }
  return text;
}

/** The positions at which a needle has to be covered. */
function* places(hay: Buffer, { bytes, isPiece, length }: Needle): Generator<[start: number, end: number]> {
  for (let start = hay.indexOf(bytes); start !== -1; start = hay.indexOf(bytes, start + 1)) {
    const end = start + bytes.length;
    if (isPiece) yield [isBase64(hay[start - 1]) ? start - 1 : start, isBase64(hay[end]) ? end + 1 : end];
    else if (
      length >= MIN_ANYWHERE ||
      (isAlone(hay, start, end) && (length >= MIN_ALONE || isExpected(hay, start, end)))
    )
      yield [start, end];
  }
}

function isAlone(hay: Buffer, start: number, end: number): boolean {
  return !isWord(hay[start - 1]) && !isWord(hay[end]);
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && /[A-Za-z0-9]/.test(String.fromCharCode(byte));
}

function isBase64(byte: number | undefined): boolean {
  return byte !== undefined && /[A-Za-z0-9+/_-]/.test(String.fromCharCode(byte));
}

const PLACE_OF_SECRET =
  /(?:(?:^|[^A-Za-z0-9])(?:p|pw|pwd|pass|passwd|password|secret|token)["'`]?\s*[=:]\s*["'`]?|(?:token|bearer)\s+)$/i;

function isExpected(hay: Buffer, start: number, end: number): boolean {
  if (hay[start - 1] === 0x3a && hay[end] === 0x40) return true; // user:secret@host
  return PLACE_OF_SECRET.test(hay.toString('latin1', Math.max(0, start - 24), start));
}

/** The byte sequences to search for, for one secret. Percent-encoding and escapes are decoded in the text instead. */
function needlesOf(secret: string, username: string | undefined): Needle[] {
  const bytes = Buffer.from(secret);
  const forms: Buffer[] = [bytes, Buffer.from(bytes.toString('latin1'))]; // the bytes of a header are one character each
  for (const kind of ENCODINGS) {
    // A text may be encoded only in part, so a secret that looks encoded may have been decoded with it.
    const decoded = decode({ bytes }, kind);
    if (decoded !== undefined) forms.push(decoded.bytes);
  }
  for (const form of [...forms]) {
    if (form.includes(' ')) forms.push(Buffer.from(form.toString('latin1').replaceAll(' ', '+'), 'latin1')); // in forms and queries
  }
  if (username !== undefined) {
    const pair = Buffer.from(`${username}:${secret}`);
    forms.push(pair, ...base64(pair).map((text) => Buffer.from(text)));
  }
  const pieces = [0, 1, 2].flatMap((offset) => pieceOf(bytes, offset)).map((text) => Buffer.from(text));
  return [...distinct(forms, false), ...distinct(pieces, true)];
}

function distinct(forms: readonly Buffer[], isPiece: boolean): Needle[] {
  const all = new Map(forms.map((bytes) => [bytes.toString('latin1'), bytes]));
  return [...all.values()].map((bytes) => ({ bytes, isPiece, length: [...bytes.toString()].length }));
}

function base64(bytes: Buffer): string[] {
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

/** The base64 characters that depend only on the secret, if `offset` bytes of other data precede it. */
function pieceOf(bytes: Buffer, offset: number): string[] {
  const start = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  if (end - start < MIN_PIECE_LENGTH) return [];
  return base64(Buffer.concat([Buffer.alloc(offset), bytes])).map((text) => text.slice(start, end));
}
