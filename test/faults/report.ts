import { ledger } from './app.ts';
import type { Outcome, ProvenElsewhere, Row } from './row.ts';

/** `  2 pass  the database is frozen ...: answered 6000, recorded 6000, in the database 6000 (acknowledged 6000); 3 s`. */
export function lineOf(row: Row | ProvenElsewhere, result: Outcome | Error | undefined): string {
  const number = String(row.number).padStart(3);
  if ('by' in row) return `${number}  --   ${row.fault}: ${row.by}`;
  if (result === undefined || result instanceof Error)
    return `${number} FAIL  ${row.fault}: ${result?.message}`;
  const { answered, stored, ledger: stats, figures } = result;
  const counts = `answered ${answered}, recorded ${stats.recorded}, in the database ${stored} (${ledger(stats)})`;
  return `${number} pass  ${row.fault}: ${counts}${figures === undefined ? '' : `; ${figures}`}`;
}
