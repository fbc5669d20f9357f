import type { Output } from '../output.ts';
import { paint } from '../paint.ts';
import { count, counted, table } from '../text.ts';
import { isComplete, type Result, type ThreadResult } from './result.ts';

/** Prints a line for each thread, and the sum. */
export function sayResult({ range, database, threads, complete }: Result, out: Output): void {
  const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  out.say(`${database}, ${time(range.from)} to ${time(range.to)}`);
  out.say();
  const rows = threads.map((thread) => [
    thread.process,
    thread.thread,
    count(thread.points),
    count(thread.first),
    count(thread.last),
    count(thread.missing),
    noteOf(thread),
  ]);
  const lines = table([['process', 'thread', 'points', 'first', 'last', 'missing', ''], ...rows], 'llrrrrl');
  for (const [index, line] of lines.entries()) {
    const isIncomplete = index > 0 && !isComplete(threads[index - 1]!);
    out.say(isIncomplete ? paint.bad(line) : index === 0 ? paint.dim(line) : line);
  }
  out.say();
  const sum = (of: (thread: ThreadResult) => number) => threads.reduce((all, thread) => all + of(thread), 0);
  const points = counted(
    sum(({ points }) => points),
    'point',
  );
  const missing = sum((thread) => thread.missing);
  const unknown = sum((thread) => thread.unknownUpTo);
  const unclear = unknown === 0 ? '' : `, and nothing is known of ${counted(unknown, 'request')}`;
  const duplicates = sum((thread) => thread.duplicates);
  const twice =
    duplicates === 0
      ? ''
      : ` ${counted(duplicates, 'request')} ${duplicates === 1 ? 'is' : 'are'} there twice.`;
  if (complete)
    out.say(
      `${paint.good('Complete')}: ${points} of ${counted(threads.length, 'thread')}, no number is missing.${twice}`,
    );
  else
    out.say(
      `${paint.bad('Incomplete')}: ${points} of ${counted(threads.length, 'thread')}, ${counted(missing, 'request')} missing${unclear}.${twice}`,
    );
}

function noteOf({
  missing,
  firstMissing,
  lastMissing,
  duplicates,
  unknownUpTo,
  starts,
  ledger,
}: ThreadResult): string {
  const notes: string[] = [];
  if (missing > 0) {
    notes.push(
      firstMissing === lastMissing
        ? `missing: ${count(firstMissing!)}`
        : `the first missing ${count(firstMissing!)}, the last ${count(lastMissing!)}`,
    );
    const { dropped = 0, unknown = 0, rejected = 0, waiting = 0 } = ledger ?? {};
    const known = Object.entries({ dropped, unknown, rejected, 'on the way': waiting })
      .filter(([, requests]) => requests > 0)
      .map(([name, requests]) => `${count(requests)} ${name}`);
    if (known.length > 0) notes.push(`its last ledger: ${known.join(', ')}`);
  }
  if (unknownUpTo > 0) notes.push(`nothing is known of 1 to ${count(unknownUpTo)}`);
  if (duplicates > 0) notes.push(`${count(duplicates)} twice`);
  if (starts > 1) notes.push(`started ${starts} times`);
  return notes.join('; ');
}
