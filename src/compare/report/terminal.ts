import type { Comparison, VoidRound } from '../result.ts';
import { excludesOne } from '../statistics/interval.ts';
import { fingerprintRows, type Row, routeRows, timeRows } from './tables.ts';
import { duration, factor, HEADINGS, metricName, verdictText } from './words.ts';

const MAX_ROUTES = 10;
const MAX_VOIDS = 12;

/** Marks parts of a text, as `cli/paint.ts` does. */
export interface Marks {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** The report for a terminal: verdict and warnings first, then the reasons. */
export function terminalReport(comparison: Comparison, marks: Marks, width: number): string {
  const { verdict, warnings, sides, ratio, aa, rounds, metric, load, seed, machine } = comparison;
  const isBad = verdict === 'not like for like' || verdict === 'not enough rounds';
  const heading = isBad ? marks.bad(HEADINGS[verdict]) : marks.bold(HEADINGS[verdict]);
  const lines = ['', marks.bold(heading), ...wrapped(verdictText(comparison), width), ''];
  for (const { text, isBogus } of warnings)
    lines.push(...wrapped(text, width, isBogus ? marks.bad('! ') : '  '));
  if (warnings.length > 0) lines.push('');

  lines.push(
    `  A  ${sides.a?.name ?? '-'}${commandOf(sides.a)}`,
    `  B  ${sides.b?.name ?? '-'}${commandOf(sides.b)}`,
    '',
  );
  if (ratio !== null && aa !== null) {
    lines.push(
      `  ${metricName(metric)}, of ${rounds.valid} pairs, ${(100 * ratio.coverage).toFixed(1)} % sure`,
    );
    lines.push(`    B over A  ${factor(ratio)}`);
    lines.push(`    A over A  ${factor(aa)}${excludesOne(aa) ? marks.bad('  it should hold 1') : ''}`, '');
  }
  lines.push(...columns([['', 'A', 'B'], ...timeRows(comparison)], marks), '');
  const routes = routeRows(comparison, MAX_ROUTES);
  if (routes.length > 1) {
    const head = ['in the server, by route', 'A', 'p50', 'p99', 'B', 'p50', 'p99'];
    lines.push(...grid([head, ...routes], marks), '');
  }
  lines.push(...columns([['what really served', 'A', 'B'], ...fingerprintRows(comparison)], marks), '');
  lines.push(...voidLines(rounds.void, marks));
  const rate = load.rate === null ? 'as fast as they are answered' : `${load.rate} requests/s`;
  lines.push(
    marks.dim(
      `  ${rate} over ${load.connections} connections, ${rounds.valid} of ${rounds.planned} pairs of rounds of ${duration(load.duration)}, seed ${seed}`,
    ),
    marks.dim(`  ${machine.cpu}, ${machine.cores} cores, ${machine.platform}`),
  );
  return lines.join('\n');
}

function commandOf(side: Comparison['sides']['a']): string {
  const command = side?.command;
  return command == null || command === side?.name ? '' : `: ${command}`;
}

function voidLines(voids: readonly VoidRound[], marks: Marks): string[] {
  if (voids.length === 0) return [];
  const shown = voids
    .slice(0, MAX_VOIDS)
    .map(({ round, side, reason }) => `    pair ${round}, ${side}: ${reason}`);
  const more = voids.length > MAX_VOIDS ? [`    and ${voids.length - MAX_VOIDS} more`] : [];
  return [marks.bold('  Rounds that do not count'), ...shown, ...more, ''];
}

/** Rows of a name and two values. */
function columns(rows: readonly Row[], marks: Marks): string[] {
  return grid(
    rows.map((row) => [...row]),
    marks,
  );
}

function grid(rows: readonly string[][], marks: Marks): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row, i) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
    );
    const line = `  ${cells.join('   ')}`.trimEnd();
    return i === 0 ? marks.dim(line) : line;
  });
}

/** A text in lines of at most `width` characters, each but the first as far in as the first. */
function wrapped(text: string, width: number, start = '  '): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 3 > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one, i) => `${i === 0 ? start : '  '}${one}`);
}
