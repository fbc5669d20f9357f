import { rmdirSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { halve, type Part } from '../../export/queue/part.ts';
import type { Verdict } from '../../export/send/judge.ts';
import { retryDelay } from '../../export/send/retry.ts';
import { createSend, type Send } from '../../export/send/send.ts';
import { UnsafeError } from '../../export/spool/files.ts';
import { parseFolderName, spoolKey } from '../../export/spool/owner.ts';
import { resolveOptions } from '../../options/options.ts';
import { CliError } from '../cli-error.ts';
import { count, counted, type Paint, paintFor } from '../text.ts';
import { findFiles, type Readable, readLines } from './files.ts';

/** Options of `raw-requests replay`. */
export interface ReplayOptions {
  /** Leave files that were stored. */
  keep?: boolean;
  /** Only say what would be sent. */
  dryRun?: boolean;
}

type Answer = Exclude<Verdict, { kind: 'retry' }> | { kind: 'given up'; reason: string };

const ATTEMPTS = 5;

/**
 * Sends files of line protocol to the InfluxDB of the environment, oldest first, and removes what is stored. What is
 * sent twice makes the same points, so it may be repeated at will. Returns the exit code: 0 only when all is stored.
 */
export async function replay(
  paths: string[],
  { keep = false, dryRun = false }: ReplayOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const paint = paintFor(process.stdout, env);
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  // RAW_REQUESTS is a switch for applications.
  const { destination, timeoutMs } = resolveOptions({}, { ...env, RAW_REQUESTS: '' });
  if (destination === undefined && !dryRun) {
    throw new CliError(
      'Expected INFLUX_URL to be set, with INFLUX_DATABASE or INFLUX_BUCKET: it says where to send the files',
    );
  }
  const { files, skipped } = findFiles(paths, destination && spoolKey(destination));

  for (const { folder, reason } of skipped) say(`${folder}  ${paint.dim(`skipped: ${reason}`)}`);
  const hasUnsafe = skipped.some(({ unsafe }) => unsafe);
  if (files.length === 0) {
    say(`There is nothing to send in ${paths.join(', ')}.`);
    return hasUnsafe ? 1 : 0;
  }
  const tally = { stored: 0, lines: 0, left: 0 };
  const send =
    destination === undefined || dryRun
      ? undefined
      : createSend({ destination, timeoutMs, holdsProcess: true });
  for (const [index, file] of files.entries()) {
    const content = read(file);
    if ('unusable' in content) {
      say(`${file}  ${paint.bad(content.unusable)}, left`);
      tally.left++;
      continue;
    }
    const lines = counted(content.lines, 'line');
    if (send === undefined) {
      say(`${file}  ${lines}, ${count(content.body.byteLength)} bytes to send`);
      tally.lines += content.lines;
      continue;
    }
    const answer = await sendPatiently(send, content, (text) => process.stderr.write(`${text}\n`));
    if (answer.kind === 'stored') {
      tally.stored++;
      tally.lines += content.lines;
      if (!keep) remove(file);
    } else {
      tally.left++;
    }
    say(`${file}  ${lines} ${verdict(answer, content, paint)}`);
    if (answer.kind === 'given up') {
      tally.left += files.length - index - 1;
      break;
    }
  }

  if (send === undefined) {
    say(
      `${counted(files.length - tally.left, 'file')} to send (${counted(tally.lines, 'line')})${leftText(tally.left)}.`,
    );
  } else {
    say(
      `${counted(tally.stored, 'file')} stored (${counted(tally.lines, 'line')}) in ${destination!.label}${leftText(tally.left)}.`,
    );
  }
  return tally.left === 0 && !hasUnsafe ? 0 : 1;
}

function read(file: string): Readable | { unusable: string } {
  try {
    return readLines(file);
  } catch (error) {
    const { message } = error as Error;
    return { unusable: `${error instanceof UnsafeError ? 'refused' : 'damaged'}: ${message}` };
  }
}

async function sendPatiently(send: Send, part: Part, say: (text: string) => void): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const result = await send(part.body);
    if (result.kind === 'split' && part.lines > 1) return sendHalves(send, part, say);
    if (result.kind !== 'retry') return result;
    if (attempt === ATTEMPTS) return { kind: 'given up', reason: result.reason };
    const ms = retryDelay(attempt, Math.random(), result.afterMs);
    say(`not stored: ${result.reason}; once more in ${(ms / 1000).toFixed(1)} s`);
    await sleep(ms);
  }
}

async function sendHalves(send: Send, part: Part, say: (text: string) => void): Promise<Answer> {
  for (const half of halve(part)) {
    const answer = await sendPatiently(send, half, say);
    if (answer.kind !== 'stored') return answer;
  }
  return { kind: 'stored' };
}

function verdict(answer: Answer, { lines }: Readable, paint: Paint): string {
  switch (answer.kind) {
    case 'stored':
      return paint.good('stored');
    case 'partial':
      return paint.bad(`stored but for ${count(Math.min(answer.lines, lines))} (${answer.reason}), left`);
    case 'split':
    case 'refused':
      return paint.bad(`rejected (${answer.reason}), left`);
    case 'given up':
      return paint.bad(`not stored (${answer.reason}), left; so is all that follows`);
  }
}

function leftText(files: number): string {
  return files === 0 ? '' : `, ${counted(files, 'file')} left`;
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    // Adopted meanwhile by a process that delivers it once more, to the same points.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (parseFolderName(dirname(file).split(/[\\/]/).at(-1) ?? '') === undefined) return;
  try {
    rmdirSync(dirname(file));
  } catch {
    // There are more.
  }
}
