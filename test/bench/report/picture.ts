import type { Row, Summary } from './summary.ts';

// A bar for each variant of each server: the CPU time that it adds to the main thread, in per cent of the bare server's.

const WIDTH = 860;
const LABEL = 210;
const VALUE = 60;
const ROW = 20;
const HEAD = 34;
const TOP = 64;
const FONT = 'font-family="system-ui, sans-serif" font-size="13"';
const [OURS, OTHERS] = ['#0b7285', '#adb5bd'];

interface Bar {
  readonly name: string;
  /** Per cent of the bare server's. */
  readonly added: number;
}

export const TITLE = 'CPU time that recording adds to the main thread';

/** An SVG picture of the main thread's part of a run; readable on a light and on a dark page. */
export function picture({ machine, date, servers }: Summary): string {
  const groups = Object.entries(servers).map(([server, rows]): [string, Bar[]] => [server, barsOf(rows)]);
  const most = Math.max(...groups.flatMap(([, bars]) => bars.map(({ added }) => added)));
  // A logarithmic axis: the least and the most differ by a factor of hundreds.
  const scale = (added: number) =>
    (Math.log10(1 + Math.max(0, added)) / Math.log10(1 + most)) * (WIDTH - LABEL - VALUE - 20);
  let y = TOP;
  const parts = groups.map(([server, bars]) => {
    const head = text(10, y + 16, server, 'font-weight="600"');
    const lines = bars.map(({ name, added }, index) => {
      const at = y + HEAD + index * ROW - 8;
      const color = name.startsWith('raw-requests') ? OURS : OTHERS;
      const width = Math.max(1, scale(added));
      return [
        text(LABEL - 8, at + 12, name, 'text-anchor="end"'),
        `<rect x="${LABEL}" y="${at}" width="${width.toFixed(1)}" height="${ROW - 6}" rx="2" fill="${color}"/>`,
        text(LABEL + width + 6, at + 12, `${added.toFixed(0)} %`),
      ].join('');
    });
    y += HEAD + bars.length * ROW + 10;
    return [head, ...lines].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>${TITLE}</title>
<rect width="${WIDTH}" height="${y}" rx="6" fill="#ffffff"/>
${text(10, 26, `${TITLE}, per cent of what a request takes without it`, 'font-weight="600"')}
${text(10, 46, `hello world; ${machine}; ${date}; logarithmic; less is better`, 'fill-opacity="0.7"')}
${parts.join('\n')}
</svg>
`;
}

function barsOf(rows: Readonly<Partial<Record<string, Row>>>): Bar[] {
  const entries = Object.entries(rows) as [string, Row][];
  const bare = entries[0]![1].main!.value.median;
  return entries
    .slice(1)
    .map(([name, { main }]) => ({ name, added: (100 * main!.beside.median) / bare }))
    .sort((a, b) => a.added - b.added);
}

function text(x: number, y: number, content: string, more = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y}" fill="#212529" ${FONT} ${more}>${escaped}</text>`;
}
