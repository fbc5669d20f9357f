/** Marks parts of a text. `output.ts` replaces the marks by colours, or removes them. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** SGR codes (ECMA-48) by their mark. The marks are code points that Unicode reserves for use within a program. */
const CODES: Readonly<Record<string, number>> = {
  '\ufdd0': 1,
  '\ufdd1': 22,
  '\ufdd2': 2,
  '\ufdd3': 22,
  '\ufdd4': 32,
  '\ufdd5': 39,
  '\ufdd6': 31,
  '\ufdd7': 39,
};
const MARK = /([\ufdd0-\ufdd7])/;

const between = (start: string, end: string) => (text: string) => `${start}${text}${end}`;

export const paint: Paint = {
  bold: between('\ufdd0', '\ufdd1'),
  dim: between('\ufdd2', '\ufdd3'),
  good: between('\ufdd4', '\ufdd5'),
  bad: between('\ufdd6', '\ufdd7'),
};

/** Replaces the marks by colours or by nothing, and applies `clean` to the text between them. */
export function unmark(text: string, coloured: boolean, clean: (text: string) => string): string {
  return text
    .split(MARK)
    .map((part) => {
      const code = CODES[part];
      if (code === undefined) return clean(part);
      return coloured ? `\x1b[${code}m` : '';
    })
    .join('');
}
