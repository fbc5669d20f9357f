import type { Comparison } from '../result.ts';
import { fingerprintRows, type Row, timeRows } from './tables.ts';
import { factor, HEADINGS, metricName, verdictText } from './words.ts';

/** The report for a pull request or the summary of a CI job. */
export function markdownReport(comparison: Comparison): string {
  const { verdict, warnings, ratio, aa, rounds, metric, sides, load, seed, machine } = comparison;
  const lines = [`## ${HEADINGS[verdict]}`, '', escaped(verdictText(comparison)), ''];
  for (const { text, isBogus } of warnings)
    lines.push(`- ${isBogus ? '**' : ''}${escaped(text)}${isBogus ? '**' : ''}`);
  if (warnings.length > 0) lines.push('');
  if (ratio !== null && aa !== null) {
    lines.push(`| ${metricName(metric)} | |`, '| --- | --- |');
    lines.push(`| B over A | ${factor(ratio)} |`, `| A over A | ${factor(aa)} |`, '');
  }
  const head = ['', sides.a?.name ?? 'A', sides.b?.name ?? 'B'] as const;
  lines.push(...table(head, timeRows(comparison)), '');
  lines.push(
    '<details><summary>What really served</summary>',
    '',
    ...table(head, fingerprintRows(comparison)),
    '',
    '</details>',
    '',
  );
  if (rounds.void.length > 0) {
    lines.push('<details><summary>Rounds that do not count</summary>', '');
    for (const { round, side, reason } of rounds.void)
      lines.push(`- pair ${round}, ${side}: ${escaped(reason)}`);
    lines.push('', '</details>', '');
  }
  const rate = load.rate === null ? 'closed loop' : `${load.rate} requests/s`;
  lines.push(
    `${rate}, ${load.connections} connections, ${rounds.valid} of ${rounds.planned} pairs, seed ${seed}; ${machine.cpu}, ${machine.cores} cores`,
    '',
  );
  return lines.join('\n');
}

function table(head: Row, rows: readonly Row[]): string[] {
  const line = (row: Row) => `| ${row.map(escaped).join(' | ')} |`;
  return [line(head), '| --- | ---: | ---: |', ...rows.map(line)];
}

/** Text that Markdown shows as it is, on one line of a table. */
function escaped(text: string): string {
  return text.replace(/[\\`*_<>|[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
