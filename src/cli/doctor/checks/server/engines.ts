import { textOf } from '../../../../safety/foreign-text.ts';
import { type Answer, parseObject } from '../client.ts';

/** A database that takes line protocol and is not InfluxDB. docs/databases.md has the same facts, with their sources. */
export interface Engine {
  readonly name: string;
  /** What does not hold there. */
  readonly limits: string;
  readonly next: string;
  readonly command?: string;
  readonly isUnusable?: true;
}

const SQL_ONLY = 'The dashboards ask in InfluxQL, so they show nothing: query it with its own SQL.';

const QUESTDB: Engine = {
  name: 'QuestDB',
  limits: 'stores microseconds, has no InfluxQL, and keeps lines that are sent twice as two rows',
  next: `${SQL_ONLY} Once the table exists, this keeps one row of each request:`,
  command: 'ALTER TABLE "raw-requests" DEDUP ENABLE UPSERT KEYS(timestamp, process, thread)',
};
const GREPTIMEDB: Engine = { name: 'GreptimeDB', limits: 'has no InfluxQL', next: SQL_ONLY };
const CNOSDB: Engine = {
  name: 'CnosDB',
  limits: 'answers 200 to a write, and InfluxDB answers 204: requests wait, and are never known to be stored',
  next: 'Use a database that answers 204.',
  isUnusable: true,
};
const OPENGEMINI: Engine = {
  name: 'openGemini',
  limits: 'has InfluxQL of its own, with which the dashboards were not tried',
  next: 'Look whether npx raw-requests verify can read it.',
};

/** Recognises an engine by what it answers to `/ping`. QuestDB claims to be InfluxDB 2.7.4. */
export function engineOf({ headers, body }: Answer, url: string): Engine | undefined {
  if (/questdb/i.test(textOf(headers.server))) return QUESTDB;
  if (headers['x-geminidb-version'] !== undefined) return OPENGEMINI;
  if (parseObject(body)?.status === 'healthy') return CNOSDB;
  // Its documentation gives this path. It sends no version.
  if (new URL(url).pathname.endsWith('/v1/influxdb')) return GREPTIMEDB;
  return undefined;
}
