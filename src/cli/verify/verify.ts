import { resolveOptions } from '../../options/options.ts';
import { CliError } from '../cli-error.ts';
import { Client } from '../doctor/checks/client.ts';
import { checkServer } from '../doctor/checks/server/server.ts';
import { queryTarget } from '../influxql.ts';
import { missingDestination } from '../missing-destination.ts';
import { type Output, out } from '../output.ts';
import { InfluxSource } from './influx-source.ts';
import { ThreadNumbers } from './numbering.ts';
import { type Range, type RangeOptions, rangeOf } from './range.ts';
import { isComplete, type Result, type ThreadResult } from './result.ts';
import { sayResult } from './say-result.ts';
import type { Source, ThreadName } from './source.ts';
import { VictoriaSource } from './victoria-source.ts';

/** Options of `raw-requests verify`. */
export interface VerifyOptions extends RangeOptions {
  service?: string;
  json?: boolean;
}

/** Between the time of a ledger and that of the requests that it counts. */
const LEDGER_SLACK_MS = 2000;
/** It could not be verified: the database cannot be read, or it has nothing of this range. */
const NOT_VERIFIED = 2;

/**
 * Reads the numbers of the requests in a database, and looks for missing ones.
 *
 * @returns the exit code: 0 if none is missing, 1 if some are
 * @throws {CliError} with exit code 2 if it cannot be verified
 */
export async function verify(
  options: VerifyOptions,
  { env, out: output }: { readonly env: NodeJS.ProcessEnv; readonly out: Output } = { env: process.env, out },
): Promise<number> {
  const range = rangeOf(options);
  const source = await open(env, options.service);
  const threads: ThreadResult[] = [];
  for (const thread of await read(() => source.threads(range)))
    threads.push(await read(() => examine(source, thread, range)));
  if (threads.length === 0) {
    const of = options.service === undefined ? '' : ` of the service ${options.service}`;
    throw new CliError(
      `There are no requests${of} in ${source.name} between ${timeText(range.from)} and ${timeText(range.to)}`,
      NOT_VERIFIED,
    );
  }
  threads.sort((a, b) => a.process.localeCompare(b.process) || Number(a.thread) - Number(b.thread));
  const complete = threads.every(isComplete);
  const result: Result = { range, database: source.name, threads, complete };
  if (options.json) output.json(jsonOf(result));
  else sayResult(result, output);
  return complete ? 0 : 1;
}

async function open(env: NodeJS.ProcessEnv, service: string | undefined): Promise<Source> {
  // RAW_REQUESTS is a switch for applications.
  const { destination, timeoutMs } = resolveOptions({}, { ...env, RAW_REQUESTS: '' });
  if (destination === undefined)
    throw missingDestination(
      'Expected INFLUX_URL to be set, with INFLUX_DATABASE or INFLUX_BUCKET: it says which database to verify',
      env,
      NOT_VERIFIED,
    );
  const client = new Client({ destination, timeoutMs }, timeoutMs, new AbortController().signal);
  const { finding, server } = await read(() => checkServer(client));
  client.close();
  if (server === undefined) throw new CliError(`${destination.url}: ${finding.text}`, NOT_VERIFIED);
  const { url, authorization } = destination;
  if (server.kind === 'telegraf' || server.name.startsWith('vmagent'))
    throw new CliError(
      `${url} is ${server.name}, which passes points on and holds none. Expected INFLUX_URL to be the database behind it`,
      NOT_VERIFIED,
    );
  if (server.kind === 'victoriametrics') return new VictoriaSource(server.name, url, authorization, service);
  return new InfluxSource(server.name, queryTarget(destination), service);
}

async function examine(source: Source, thread: ThreadName, range: Range): Promise<ThreadResult> {
  const ledgers = await source.ledgers(thread, range);
  const { before, last: ledger } = ledgers;
  const numbers = new ThreadNumbers();
  // What ended between the ledger before the range and the range has numbers that belong to neither.
  const from = before === undefined ? range.from : Number(before.time / 1_000_000n) - LEDGER_SLACK_MS;
  const begin = BigInt(range.from) * 1_000_000n;
  for await (const page of source.numbers(thread, { from, to: range.to }))
    for (const [sequence, time] of page)
      if (time >= begin || sequence > before!.recorded) numbers.add(sequence, time);
  return { ...thread, ...numbers.result(ledgers), ledger };
}

/** @throws {CliError} if the database cannot be read */
async function read<Read>(get: () => Promise<Read>): Promise<Read> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
    throw new CliError(`The database cannot be read: ${reason}`, NOT_VERIFIED);
  }
}

function jsonOf({ range, database, threads, complete }: Result): object {
  const sum = (count: (thread: ThreadResult) => number) =>
    threads.reduce((sum, thread) => sum + count(thread), 0);
  return {
    complete,
    from: timeText(range.from),
    to: timeText(range.to),
    database,
    points: sum(({ points }) => points),
    missing: sum(({ missing }) => missing),
    duplicates: sum(({ duplicates }) => duplicates),
    threads: threads.map(({ ledger, ...thread }) => ({
      ...thread,
      ...(ledger && { ledger: { ...ledger, time: timeText(Number(ledger.time / 1_000_000n)) } }),
    })),
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
