import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../../../../docs/where-it-runs.md', import.meta.url));

/** Replaces rows of a table between `<!-- name -->` and `<!-- end -->`, by their first cell; new ones come last. */
export function writeRows(name: string, rows: readonly (readonly string[])[]): void {
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf(`<!-- ${name} -->\n`);
  const end = text.indexOf('<!-- end -->', start);
  if (start === -1 || end === -1) throw new Error(`docs/where-it-runs.md has no table ${name}`);
  const [marker, head, line, ...known] = text.slice(start, end).trimEnd().split('\n');
  const keyOf = (row: string) => row.split('|')[1]!.trim();
  const table = new Map(known.map((row) => [keyOf(row), row]));
  for (const cells of rows) table.set(cells[0]!, `| ${cells.join(' | ')} |`);
  const written = [marker, head, line, ...table.values(), ''].join('\n');
  writeFileSync(file, text.slice(0, start) + written + text.slice(end));
}
