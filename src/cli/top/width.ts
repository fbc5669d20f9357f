/** Characters that take two columns of a terminal (East Asian Width W and F, and emoji). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function columnsOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The columns of a terminal that a printable text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** The text in exactly `width` columns: cut, with `…` at its end, or with blanks after it. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text + ' '.repeat(width - widthOf(text));
  let kept = '';
  let used = 0;
  for (const character of text) {
    const columns = columnsOf(character);
    if (used + columns > width - 1) break;
    kept += character;
    used += columns;
  }
  return width < 1 ? '' : `${kept}…${' '.repeat(width - 1 - used)}`;
}

/** The text in at most `lines` lines of at most `width` columns, broken between words; the last one is cut. */
export function wrap(text: string, width: number, lines: number): string[] {
  const words = text.split(' ');
  const found: string[] = [];
  while (words.length > 0 && found.length < lines - 1) {
    let line = words.shift()!;
    while (words.length > 0 && widthOf(line) + 1 + widthOf(words[0]!) <= width) line += ` ${words.shift()}`;
    found.push(fit(line, width).trimEnd());
  }
  return words.length === 0 ? found : [...found, fit(words.join(' '), width).trimEnd()];
}
