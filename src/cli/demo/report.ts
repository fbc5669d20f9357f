import { setTimeout as sleep } from 'node:timers/promises';
import type { Stats } from '../../index.ts';
import { paint } from '../paint.ts';
import { count, counted, milliseconds, seconds, table } from '../text.ts';
import type { RouteSummary, Stored } from './place/stored.ts';
import type { TrafficResult } from './traffic.ts';

/** How long a database may take until acknowledged points can be queried. */
const VISIBLE_TIMEOUT_MS = 5_000;

/** The result of a run. */
export interface Verdict {
  /** Whether no request is missing: by a count of the stored points or, without that, of the acknowledged ones. */
  complete: boolean;
  /** Whether the stored points were counted. */
  verified: boolean;
}

/** Prints how many requests were sent and stored, and checks that the counts are equal. */
export async function report(
  traffic: TrafficResult,
  ledger: Stats,
  stored: Stored,
  say: (text?: string) => void,
): Promise<Verdict> {
  const { sent, failed, durationMs } = traffic;
  const perSecond = count(sent / (durationMs / 1000));
  say(`  Sent      ${counted(sent, 'request')} in ${seconds(durationMs)}, ${perSecond} per second`);
  if (failed > 0) say(`  Failed    ${counted(failed, 'request')} without an answer`);

  let points: number;
  try {
    points = await countWhenVisible(stored, ledger.acknowledged);
  } catch (error) {
    say(`  Stored    ${counted(ledger.acknowledged, 'point')} acknowledged by the database`);
    say(`  Result    ${paint.bad('not verified: the database cannot be queried')}`);
    say(`            ${(error as Error).message}`);
    return { complete: ledger.acknowledged === sent, verified: false };
  }
  say(`  Stored    ${counted(points, 'point')}, counted by ${stored.holder}`);
  if (points === sent) {
    say(`  Result    ${paint.good('equal: every request is one point')}`);
  } else {
    say(`  Result    ${paint.bad(difference(sent, points))}`);
    say(`  Ledger    ${ledgerText(ledger)}`);
  }
  if (points > 0) await showPoints(stored, say);
  return { complete: points === sent, verified: true };
}

async function showPoints(stored: Stored, say: (text?: string) => void): Promise<void> {
  say();
  for (const line of routeTable(await stored.routes())) say(`  ${line}`);
  const line = await stored.line();
  if (line === undefined) return;
  say();
  say('One of them, as line protocol:');
  say(`  ${line}`);
}

/** InfluxDB 2 and 3 may show points some time after they have acknowledged them. */
async function countWhenVisible(stored: Stored, acknowledged: number): Promise<number> {
  const deadline = performance.now() + VISIBLE_TIMEOUT_MS;
  for (;;) {
    const points = await stored.count();
    if (points >= acknowledged || performance.now() > deadline) return points;
    await sleep(200);
  }
}

function difference(sent: number, points: number): string {
  return points < sent
    ? `NOT equal: ${counted(sent - points, 'request')} without a point`
    : `NOT equal: ${counted(points - sent, 'point')} too many`;
}

/** The counters of the library, for a message. */
function ledgerText(ledger: Stats): string {
  return Object.entries(ledger)
    .map(([counter, lines]) => `${counter} ${count(lines)}`)
    .join(', ');
}

function routeTable(routes: RouteSummary[]): string[] {
  const [head, ...body] = table(
    [
      ['ROUTE', 'METHOD', 'STATUS', 'COUNT', 'MEAN ms', 'P95 ms'],
      ...routes.map((r) => [
        r.route,
        r.method,
        r.status,
        count(r.count),
        milliseconds(r.mean),
        milliseconds(r.p95),
      ]),
    ],
    'lllrrr',
  );
  return [paint.dim(head!), ...body];
}
