/**
 * One redactor for all that leaves this thread as text for people: the log, the command line, error messages.
 *
 * A secret is told here where it is read, and is covered from then on, in whatever spelling a server, a proxy or Node
 * repeats it: as it is, percent-encoded, escaped as in JSON, JavaScript or HTML, several times over, or in base64, as
 * in `Authorization: Basic`.
 *
 * A short secret may be an everyday word, which must not turn each text into stars:
 * - 8 characters and more are covered wherever they stand;
 * - 4 to 7 only where no letter or digit is next to them;
 * - 1 to 3 only in addition where a secret is expected: behind `password=`, `p=`, `token=` and the like, behind
 *   `Token` or `Bearer`, and between `:` and `@`. With the name of its user before it, as in `name:secret`, and in
 *   base64, it counts as longer.
 */

import { decode, ENCODINGS, type Spelled } from './spelling.ts';

/** What stands in place of a secret. */
const COVER = '***';

const MOST_LASTING = 32;
const MOST_PASSING = 96;
/** A text may be encoded so many times. */
const MOST_LEVELS = 4;
/** Shorter pieces of base64 stand for anything. */
const SHORTEST_PIECE = 8;

const ANYWHERE = 8;
const ALONE = 4;

interface Needle {
  readonly bytes: Buffer;
  /** Whether it is part of a longer text in base64: the characters at its ends hold bits of it as well. */
  readonly isPiece: boolean;
  readonly length: number;
}

/** By secret and user; what to look for. */
const lasting = new Map<string, readonly Needle[]>();
const passing = new Map<string, readonly Needle[]>();

/**
 * From now on, this is covered in all that {@link redact} is given. The first ones stay, which are those of settings;
 * of those that come later, such as writers' whose lines are passed on, the ones that were not told for longest go.
 */
export function keepSecret(secret: string | undefined, username?: string): void {
  if (secret === undefined || secret === '') return;
  const key = JSON.stringify([secret, username]);
  if (lasting.has(key)) return;
  const needles = passing.get(key) ?? needlesOf(secret, username);
  if (lasting.size < MOST_LASTING) {
    lasting.set(key, needles);
    return;
  }
  passing.delete(key);
  passing.set(key, needles);
  if (passing.size > MOST_PASSING) passing.delete(passing.keys().next().value!);
}

/** The same for what is in the value of an `Authorization` header. */
export function keepAuthorization(header = ''): void {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/s.exec(header) ?? [];
  const pair = /^basic$/i.test(scheme) ? Buffer.from(value, 'base64').toString() : value;
  const colon = pair.indexOf(':');
  if (colon > 0) keepSecret(pair.slice(colon + 1), pair.slice(0, colon));
  keepSecret(value);
}

/** The text with all secrets in force covered. */
export function redact(text: string): string {
  if (lasting.size === 0 || text === '') return text;
  const needles = [...lasting.values(), ...passing.values()].flat();
  const bytes = Buffer.from(text);
  /** Per byte of the text: whether it is part of a secret. */
  const covered = new Uint8Array(bytes.length);
  let found = search({ bytes }, needles, covered);
  for (const kind of ENCODINGS) {
    let level = decode({ bytes }, kind);
    for (let count = 0; level !== undefined && count < MOST_LEVELS; count++) {
      found = search(level, needles, covered) || found;
      level = decode(level, kind);
    }
  }
  return found ? cover(bytes, covered) : text;
}

function search({ bytes, starts, ends }: Spelled, needles: readonly Needle[], covered: Uint8Array): boolean {
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

/** Where a needle is to be covered. */
function* places(hay: Buffer, { bytes, isPiece, length }: Needle): Generator<[start: number, end: number]> {
  for (let start = hay.indexOf(bytes); start !== -1; start = hay.indexOf(bytes, start + 1)) {
    const end = start + bytes.length;
    if (isPiece) yield [isBase64(hay[start - 1]) ? start - 1 : start, isBase64(hay[end]) ? end + 1 : end];
    else if (
      length >= ANYWHERE ||
      (isAlone(hay, start, end) && (length >= ALONE || isExpected(hay, start, end)))
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

/** All that is looked for, for one secret. What percent-encoding and escapes make of these is undone in the text. */
function needlesOf(secret: string, username: string | undefined): Needle[] {
  const bytes = Buffer.from(secret);
  const forms: Buffer[] = [bytes, Buffer.from(bytes.toString('latin1'))]; // the bytes of a header are one character each
  for (const kind of ENCODINGS) {
    // What looks like an encoding may have been left as it is, beside what was encoded.
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

/** The characters of base64 that depend on the secret alone, where `offset` bytes of something else precede it. */
function pieceOf(bytes: Buffer, offset: number): string[] {
  const start = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  if (end - start < SHORTEST_PIECE) return [];
  return base64(Buffer.concat([Buffer.alloc(offset), bytes])).map((text) => text.slice(start, end));
}
