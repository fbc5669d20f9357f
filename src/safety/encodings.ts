/** A decoded text as bytes. For each byte, the range of the original text that it comes from; undefined if not decoded. */
export interface Decoded {
  readonly bytes: Buffer;
  readonly starts?: Uint32Array;
  readonly ends?: Uint32Array;
}

const PERCENT = '%'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const AMPERSAND = '&'.charCodeAt(0);

/**
 * Encodings for {@link decode}, each as the first characters of its escapes. They are tried one at a time, because an
 * escape of one encoding may be plain text in another, such as `\\"` in HTML; and all together.
 */
export type Encoding = readonly number[];
export const ENCODINGS: readonly Encoding[] = [
  [PERCENT],
  [BACKSLASH],
  [AMPERSAND],
  [PERCENT, BACKSLASH, AMPERSAND],
];

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  0: '\0',
};
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

const PERCENT_FORM = /^%([0-9a-f]{2})/i;
const BACKSLASH_FORM =
  /^\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|x([0-9a-f]{2})|(["'`\\/bfnrtv0]))/i;
const ENTITY_FORM = /^&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/i;
const MAX_FORM_LENGTH = 12;

/**
 * Decodes percent-encoding and the escapes of JSON, JavaScript and HTML, one level. Returns undefined if there are no
 * escapes.
 */
export function decode({ bytes, starts, ends }: Decoded, kind: Encoding): Decoded | undefined {
  let at = next(bytes, 0, kind);
  if (at === bytes.length) return undefined;
  const out = Buffer.allocUnsafe(bytes.length); // an escape is never shorter than its decoded bytes
  const outStarts = new Uint32Array(bytes.length);
  const outEnds = new Uint32Array(bytes.length);
  let length = 0;
  let changed = false;
  const write = (byte: number, start: number, end: number) => {
    out[length] = byte;
    outStarts[length] = starts?.[start] ?? start;
    outEnds[length++] = ends?.[end - 1] ?? end;
  };
  let done = 0;
  for (; at < bytes.length; at = next(bytes, at, kind)) {
    for (; done < at; done++) write(bytes[done]!, done, done + 1);
    const form = readForm(bytes.toString('latin1', at, at + MAX_FORM_LENGTH));
    if (form === undefined) {
      at++;
      continue;
    }
    changed = true;
    done = at + form.length;
    for (const byte of form.means) write(byte, at, done);
    at = done;
  }
  for (; done < bytes.length; done++) write(bytes[done]!, done, done + 1);
  return changed
    ? {
        bytes: out.subarray(0, length),
        starts: outStarts.subarray(0, length),
        ends: outEnds.subarray(0, length),
      }
    : undefined;
}

/** The position of the next character that may start an escape. */
function next(bytes: Buffer, from: number, kind: Encoding): number {
  let at = from;
  while (at < bytes.length && !kind.includes(bytes[at]!)) at++;
  return at;
}

function readForm(text: string): { length: number; means: Uint8Array } | undefined {
  switch (text.charCodeAt(0)) {
    case PERCENT: {
      const match = PERCENT_FORM.exec(text);
      return match === null ? undefined : { length: 3, means: Uint8Array.of(Number.parseInt(match[1]!, 16)) };
    }
    case BACKSLASH: {
      const match = BACKSLASH_FORM.exec(text);
      if (match === null) return undefined;
      const [{ length }, high, low, unit, point, byte, letter] = match;
      if (high !== undefined) return means(length, String.fromCharCode(hex(high), hex(low!)));
      if (letter !== undefined) return means(length, ESCAPES[letter] ?? letter);
      return character(length, hex((unit ?? point ?? byte)!));
    }
    default: {
      const match = ENTITY_FORM.exec(text);
      if (match === null) return undefined;
      const [{ length }, decimal, digits, name] = match;
      if (name !== undefined) return means(length, ENTITIES[name.toLowerCase()]!);
      return character(length, decimal === undefined ? hex(digits!) : Number(decimal));
    }
  }
}

function hex(digits: string): number {
  return Number.parseInt(digits, 16);
}

function character(length: number, code: number): { length: number; means: Uint8Array } | undefined {
  return code > 0x10ffff ? undefined : means(length, String.fromCodePoint(code));
}

function means(length: number, text: string): { length: number; means: Uint8Array } {
  return { length, means: Buffer.from(text) };
}
