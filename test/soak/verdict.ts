import type { Influxd } from '../../src/cli/demo/place/influxd.ts';
import type { Word } from './application.ts';
import type { Loaded } from './load.ts';

/** The points that a database holds of a process, by the numbers of their requests. */
export interface Points {
  readonly count: number;
  readonly distinct: number;
  readonly first: number;
  readonly last: number;
}

/** Asked for in numbers, and not one by one: there may be millions. */
export async function pointsOf(influx: Influxd, pid: number): Promise<Points> {
  const where = `FROM "raw-requests" WHERE "process" =~ /:${pid}$/`;
  const [all] = await influx.query(
    `SELECT count("sequence"), min("sequence"), max("sequence") ${where}`,
    'requests',
  );
  const [once] = await influx.query(
    `SELECT count(numbers) AS numbers FROM (SELECT distinct("sequence") AS numbers ${where})`,
    'requests',
  );
  return {
    count: Number(all?.count ?? 0),
    distinct: Number(once?.numbers ?? 0),
    first: Number(all?.min ?? 1),
    last: Number(all?.max ?? 0),
  };
}

/** What an application, its clients and the database say at the end, when all is at rest. */
export interface Account {
  readonly loaded: Loaded;
  readonly word: Word;
  readonly points: Points;
  readonly descriptors: { readonly before: number; readonly after: number };
  /** Shown, and no rule: the delivery's port is one that there is not before. */
  readonly handles: { readonly before: number; readonly after: number };
}

/** What is not as it should be; nothing, if all is. */
export function wrong({ loaded, word, points, descriptors }: Account): string[] {
  const { records, stats, served, open, broken } = word;
  const { recorded, acknowledged, queued, spooled, unknown } = stats;
  const { answered, failed, left } = loaded;
  const rules: readonly (readonly [holds: boolean, sentence: string])[] = [
    [broken === undefined, `the ledger did not add up: ${broken}`],
    [failed === 0, `${failed} requests were not answered`],
    [
      answered <= served && served <= answered + failed + left,
      `served ${served}, but answered ${answered} and left ${left}`,
    ],
    [open === 0, `${open} requests are still open`],
    [recorded === (records ? served : 0), `recorded ${recorded} of ${served} requests`],
    [queued + spooled === 0, `${queued} still queued and ${spooled} spooled`],
    [points.count === points.distinct, `${points.count - points.distinct} points are there twice`],
    [points.first >= 1 && points.last <= recorded, 'there are points that no request has'],
    [
      acknowledged <= points.count && points.count <= acknowledged + unknown,
      `${points.count} points, but acknowledged ${acknowledged} and unknown ${unknown}`,
    ],
    [
      descriptors.after <= descriptors.before,
      `descriptors leak: ${descriptors.before} before, ${descriptors.after} after`,
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}
