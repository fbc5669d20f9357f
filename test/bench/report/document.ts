import { readFileSync, writeFileSync } from 'node:fs';
import { bareText, COSTS, type Column, delays } from './columns.ts';
import { picture, TITLE } from './picture.ts';
import type { Row, Summary } from './summary.ts';

const root = new URL('../../../../docs/', import.meta.url);
const PAGE = new URL('performance.md', root);
const PICTURE = new URL('images/performance.svg', root);

const BEGIN = '<!-- npm run bench -- --write: begin -->';
const END = '<!-- npm run bench -- --write: end -->';

/** Writes the tables into docs/performance.md, and its picture. */
export function writeDocument(summary: Summary): void {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest = ''] = page.split(BEGIN);
  const after = rest.split(END)[1];
  if (after === undefined) throw new Error(`docs/performance.md lacks \`${BEGIN}\` or \`${END}\``);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${tables(summary)}\n\n${END}${after}`);
  writeFileSync(PICTURE, picture(summary));
}

function tables({ machine, date, command, settings, servers }: Summary): string {
  const head = [
    `${machine}; ${date}; \`${command}\`; ${settings.rounds} rounds, ${settings.connections} connections.`,
    'Each cell is the median of the rounds, with the least and the greatest round in brackets.',
  ].join(' ');
  const parts = Object.entries(servers).map(([server, rows]) => {
    const entries = Object.entries(rows) as [string, Row][];
    const [, bare] = entries[0]!;
    const added = entries.slice(1);
    return [
      `### ${server}`,
      `${bareText(bare)}. Added by each variant, per request:`,
      markdown(COSTS, added),
      "Response times at a part of the bare server's capacity, and the delay of the event loop:",
      markdown(delays(settings.rates), entries),
    ].join('\n\n');
  });
  return [`![${TITLE}](images/performance.svg)`, head, ...parts].join('\n\n');
}

function markdown(columns: readonly Column[], entries: readonly [string, Row][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...columns.map(([head]) => head)]),
    line(['---', ...columns.map(() => '---')]),
    ...entries.map(([name, row]) => line([name, ...columns.map(([, cell]) => cell(row))])),
  ].join('\n');
}
