import { createLog } from './log.ts';
import { type Destination, keyOf, type ResolvedOptions } from './options/options.ts';
import { Recorder } from './recorder.ts';
import { asError } from './safety/thrown.ts';

/** One use of a recorder that others may use as well. */
export interface Share {
  readonly recorder: Recorder;
  /** Gives this use up; the last one closes the recorder. */
  release(): Promise<void>;
}

interface Entry {
  readonly recorder: Recorder;
  uses: number;
}

const KEY = Symbol.for('raw-requests');
const registry: { [KEY]?: Map<string, Entry> } = globalThis as never;

/**
 * The recorder of this process for a destination, or for none: made by the first to ask, found by the others, also from
 * a second copy of this package. Undefined when it cannot be made, which its log says.
 */
export function sharedRecorder(
  options: ResolvedOptions,
  destination: Destination | undefined,
): Share | undefined {
  registry[KEY] ??= new Map();
  const recorders = registry[KEY];
  const key = destination === undefined ? '' : keyOf(destination);
  let entry = recorders.get(key);
  if (entry === undefined) {
    const recorder = start(options, destination);
    if (recorder === undefined) return undefined;
    entry = { recorder, uses: 0 };
    recorders.set(key, entry);
  }
  entry.uses++;
  const shared = entry;
  let released: Promise<void> | undefined;
  const release = async () => {
    if (--shared.uses > 0) return;
    if (recorders.get(key) === shared) recorders.delete(key);
    await shared.recorder.close();
  };
  return {
    recorder: shared.recorder,
    release: () => {
      released ??= release();
      return released;
    },
  };
}

/** Wrong settings are reported before this; what else prevents a start is no reason to prevent the application's. */
function start(options: ResolvedOptions, destination: Destination | undefined): Recorder | undefined {
  try {
    return new Recorder(options, destination);
  } catch (error) {
    const err = asError(error);
    createLog(options.logger, options.logLevel).error(
      { err },
      `recording nothing, since the recorder cannot be started: ${err.message}`,
    );
    return undefined;
  }
}
