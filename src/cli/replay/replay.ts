import { rmdirSync, unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { LoggingExporter } from '../../export/logging-exporter.ts';
import { endpointOf } from '../../export/send/endpoint.ts';
import type { RetryDelays } from '../../export/send/retry.ts';
import { UnsafeError } from '../../export/spool/files.ts';
import { describeLeftBehind, sumUp } from '../../export/spool/left-behind.ts';
import { parseFolderName, spoolKey } from '../../export/spool/owner.ts';
import { resolveOptions } from '../../options/options.ts';
import { type DeliveryResult, Ledger } from '../../record/ledger.ts';
import { oneLine, printable } from '../../safety/printable.ts';
import { logTo } from '../log.ts';
import { missingDestination } from '../missing-destination.ts';
import { err, type Output, out } from '../output.ts';
import { paint } from '../paint.ts';
import { count, counted } from '../text.ts';
import { type Content, findFiles, readContent } from './files.ts';

/** Options of `raw-requests replay`. */
export interface ReplayOptions {
  /** Keep files that were stored. */
  keep?: boolean;
  /** Only print what would be sent. */
  dryRun?: boolean;
  /** Also send what was written for another destination. */
  toCurrent?: boolean;
}

/** The environment and the output of the command. */
export interface ReplaySetup {
  readonly env: NodeJS.ProcessEnv;
  readonly out: Output;
  readonly err: Output;
  readonly retryDelays?: RetryDelays;
}

/** The results of files, and of the lines in them. */
interface Tally {
  /** Files whose lines are all stored, and the number of their lines. */
  stored: number;
  storedLines: number;
  /** Files that were left, and the number of their lines that are stored. */
  left: number;
  leftStoredLines: number;
}

const ATTEMPTS = 5;
const MAX_PATH_LENGTH = 1000;
const TERMINAL: ReplaySetup = { env: process.env, out, err };

/**
 * Sends files of line protocol to the InfluxDB of the environment, oldest first, and removes files that are stored. It
 * may be repeated, since lines that are sent twice make the same points.
 *
 * @returns the exit code: 0 only if everything is stored
 */
export async function replay(
  paths: string[],
  { keep = false, dryRun = false, toCurrent = false }: ReplayOptions,
  { env, out, err, retryDelays }: ReplaySetup = TERMINAL,
): Promise<number> {
  // RAW_REQUESTS is a switch for applications.
  const { destination, timeoutMs } = resolveOptions({}, { ...env, RAW_REQUESTS: '' });
  if (destination === undefined && !dryRun) {
    throw missingDestination(
      'Expected INFLUX_URL to be set, with INFLUX_DATABASE or INFLUX_BUCKET: it says where to send the files',
      env,
    );
  }
  const key = destination === undefined || toCurrent ? undefined : spoolKey(destination);
  const { files, skipped, elsewhere } = findFiles(paths, key);
  for (const { folder, reason } of skipped)
    out.say(`${shown(folder)}  ${paint.dim(`skipped: ${oneLine(reason)}`)}`);
  for (const left of sumUp(elsewhere))
    out.say(
      paint.bad(`${describeLeftBehind(left)}: left. --to-current sends them to ${destination?.label}.`),
    );
  const isComplete = elsewhere.length === 0 && !skipped.some(({ unsafe }) => unsafe);
  if (files.length === 0) {
    out.say(
      `There is nothing ${elsewhere.length === 0 ? '' : 'else '}to send in ${paths.map(shown).join(', ')}.`,
    );
    return isComplete ? 0 : 1;
  }
  if (destination === undefined || dryRun) return list(files, out) && isComplete ? 0 : 1;

  const exporter = new LoggingExporter({
    destination: endpointOf(destination),
    timeoutMs,
    maxQueueBytes: Number.POSITIVE_INFINITY, // one chunk at a time
    maxAttempts: ATTEMPTS,
    retryDelays,
    keepsProcessAlive: true,
    log: logTo(err),
    label: destination.label,
    noun: 'line',
  });
  const tally = await sendAll(files, exporter, keep, out);
  await exporter.close(0);
  out.say(
    `${counted(tally.stored, 'file')} stored (${counted(tally.storedLines, 'line')}) in ${destination.label}${leftText(tally)}.`,
  );
  return tally.left === 0 && isComplete ? 0 : 1;
}

/** Prints the files that would be sent; returns false if some cannot be. */
function list(files: readonly string[], out: Output): boolean {
  const tally: Tally = { stored: 0, storedLines: 0, left: 0, leftStoredLines: 0 };
  let lines = 0;
  for (const file of files) {
    const content = read(file);
    if ('unusable' in content) {
      out.say(`${shown(file)}  ${paint.bad(content.unusable)}, left`);
      tally.left++;
    } else {
      out.say(`${shown(file)}  ${counted(content.count, 'line')}, ${count(content.bytes)} bytes to send`);
      lines += content.count;
    }
  }
  const toSend = counted(files.length - tally.left, 'file');
  out.say(`${toSend} to send (${counted(lines, 'line')})${leftText(tally)}.`);
  return tally.left === 0;
}

async function sendAll(
  files: readonly string[],
  exporter: LoggingExporter,
  keep: boolean,
  out: Output,
): Promise<Tally> {
  const tally: Tally = { stored: 0, storedLines: 0, left: 0, leftStoredLines: 0 };
  for (const [index, file] of files.entries()) {
    const content = read(file);
    if ('unusable' in content) {
      out.say(`${shown(file)}  ${paint.bad(content.unusable)}, left`);
      tally.left++;
      continue;
    }
    const result = await send(exporter, content);
    out.say(`${shown(file)}  ${verdict(result, content)}`);
    if (result.acknowledged === content.count) {
      tally.stored++;
      tally.storedLines += content.count;
      if (!keep) remove(file);
      continue;
    }
    tally.left++;
    tally.leftStoredLines += result.acknowledged;
    if (isGivenUp(result)) {
      tally.left += files.length - index - 1;
      break;
    }
  }
  return tally;
}

function shown(path: string): string {
  return printable(path, MAX_PATH_LENGTH);
}

function read(file: string): Content | { unusable: string } {
  try {
    return readContent(file);
  } catch (error) {
    const { message } = error as Error;
    return { unusable: `${error instanceof UnsafeError ? 'refused' : 'damaged'}: ${oneLine(message)}` };
  }
}

/** Sends the lines of a file, until the database no longer accepts them. Lines that were not tried count as dropped. */
async function send(exporter: LoggingExporter, { count, chunks }: Content): Promise<DeliveryResult> {
  const sum = new Ledger();
  let reason: string | undefined;
  for (const lines of chunks) {
    const result = await exporter.export(lines);
    sum.settle(result);
    sum.recorded += lines.count;
    reason ??= result.reason;
    if (!isGivenUp(result)) continue;
    ({ reason } = result);
    break;
  }
  const { acknowledged, rejected, unknown, dropped, recorded } = sum;
  return { acknowledged, rejected, unknown, dropped: dropped + count - recorded, reason };
}

/** Whether all attempts failed. */
function isGivenUp({ dropped, unknown }: DeliveryResult): boolean {
  return dropped + unknown > 0;
}

/** `3 lines stored`; `99 of 100 lines stored, 1 rejected (400 Bad Request: ...), left` */
function verdict(result: DeliveryResult, { count: all }: Content): string {
  const { acknowledged, rejected, reason } = result;
  const lines = counted(all, 'line');
  if (acknowledged === all) return `${lines} ${paint.good('stored')}`;
  const rest = isGivenUp(result) ? '; so is all that follows' : '';
  if (rejected === all) return `${lines} ${paint.bad(`rejected (${reason}), left`)}`;
  if (acknowledged === 0 && rejected === 0)
    return `${lines} ${paint.bad(`not stored (${reason}), left${rest}`)}`;
  const parts = [`${count(acknowledged)} of ${lines} stored`];
  if (rejected > 0) parts.push(`${count(rejected)} rejected`);
  const unsettled = all - acknowledged - rejected;
  if (unsettled > 0) parts.push(`${count(unsettled)} not stored`);
  return paint.bad(`${parts.join(', ')} (${reason}), left${rest}`);
}

function leftText({ left, leftStoredLines }: Tally): string {
  if (left === 0) return '';
  const stored =
    leftStoredLines === 0
      ? ''
      : ` with ${counted(leftStoredLines, 'line')} that ${leftStoredLines === 1 ? 'is' : 'are'} stored`;
  return `, ${counted(left, 'file')} left${stored}`;
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    // A process has taken the file over meanwhile. It delivers the same points again.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (parseFolderName(basename(dirname(file))) === undefined) return;
  try {
    rmdirSync(dirname(file));
  } catch {
    // The folder has more files.
  }
}
