import { resolveOptions } from '../../../options/options.ts';
import { oneLine } from '../../../safety/printable.ts';
import type { Store } from '../../../view/store/store.ts';
import { CliError } from '../../cli-error.ts';
import { queryTarget } from '../../influxql.ts';
import { missingDestination } from '../../missing-destination.ts';
import type { Output } from '../../output.ts';
import { count, counted } from '../../text.ts';
import { type RangeOptions, rangeOf } from '../../verify/range.ts';
import { readDatabase } from './database.ts';
import { filesOf, readFiles } from './files.ts';

export interface HistoryOptions extends RangeOptions {
  /** Files and folders of line protocol. */
  readonly paths: readonly string[];
  readonly service?: string | undefined;
}

/** Reads what the options name into a store, and says how far it is. */
export type Load = (store: Store, out: Output, signal: AbortSignal) => Promise<void>;

/**
 * What to read into a view; undefined if nothing.
 *
 * @throws {CliError} if a path does not exist, a time is wrong, or the environment names no database
 */
export function historyOf(options: HistoryOptions, env: NodeJS.ProcessEnv): Load | undefined {
  const { paths, from, to, last } = options;
  const isRange = (from ?? to ?? last) !== undefined;
  if (paths.length > 0 && isRange)
    throw new CliError('Expected files, or --from, --to and --last for a database, got both');
  if (paths.length > 0) return loadFiles(filesOf(paths));
  return isRange ? loadRange(options, env) : undefined;
}

function loadFiles(files: readonly string[]): Load {
  return async (store, out, signal) => {
    const say = progress(out, store);
    const problems = await readFiles(files, store, say, signal);
    store.loading = undefined;
    const { kept, evicted } = store.counters();
    const dropped = evicted === 0 ? '' : `, ${count(evicted)} older ones dropped: --max keeps more`;
    const end = signal.aborted ? 'Cancelled: ' : '';
    finish(out, `${end}${counted(kept, 'request')} of ${counted(files.length, 'file')} in memory${dropped}.`);
    for (const problem of problems) out.say(problem);
  };
}

function loadRange(options: HistoryOptions, env: NodeJS.ProcessEnv): Load {
  const range = rangeOf({
    ...(options.from !== undefined && { from: options.from }),
    ...(options.to !== undefined && { to: options.to }),
    ...(options.last !== undefined && { last: options.last }),
  });
  // RAW_REQUESTS is a switch for applications.
  const { destination } = resolveOptions({}, { ...env, RAW_REQUESTS: '' });
  if (destination === undefined)
    throw missingDestination(
      'Expected INFLUX_URL to be set, with INFLUX_DATABASE or INFLUX_BUCKET: it says which database to read',
      env,
    );
  return async (store, out, signal) => {
    const say = progress(out, store);
    const name = destination.label;
    store.loading = { name, done: 0, total: 0 };
    try {
      const { found, read } = await readDatabase(
        queryTarget(destination),
        range,
        options.service,
        store,
        (done, total) => say({ name, done, total }),
        signal,
      );
      const older =
        found > read && !signal.aborted ? `, the newest of ${count(found)}: --max reads more` : '';
      finish(out, `${signal.aborted ? 'Cancelled: ' : ''}${counted(read, 'request')} of ${name}${older}.`);
    } catch (error) {
      if (signal.aborted) return;
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
      finish(out, `The database cannot be read: ${oneLine(reason)}`);
    } finally {
      store.loading = undefined;
    }
  };
}

function progress(out: Output, store: Store) {
  let shown = 0;
  return (loading: NonNullable<Store['loading']>) => {
    store.loading = loading;
    if (!out.isTerminal || Date.now() - shown < 200) return;
    shown = Date.now();
    const share = loading.total === 0 ? 0 : Math.floor((100 * loading.done) / loading.total);
    out.redraw(`Reading ${loading.name}: ${share} %`);
  };
}

function finish(out: Output, text: string): void {
  if (out.isTerminal) out.redraw('');
  out.say(text);
}
