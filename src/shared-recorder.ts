import { createLog } from './log/log.ts';
import { type Destination, keyOf, type ResolvedOptions } from './options/options.ts';
import { Recorder } from './recorder.ts';
import { asError } from './safety/thrown.ts';

/** One reference to a recorder that several callers may share. */
export interface Share {
  readonly recorder: Recorder;
  /** Releases this reference. The release of the last one closes the recorder. */
  release(): Promise<void>;
}

interface Entry {
  readonly recorder: Recorder;
  uses: number;
}

const KEY = Symbol.for('raw-requests');
const registry: { [KEY]?: Map<string, Entry> } = globalThis as never;

/**
 * The recorder of this process for a destination, or for none. The first call creates it; later calls get the same one,
 * also from a second copy of this package. Undefined if it cannot be created; the log then says why.
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

/** All recorders of this process. */
export function recorders(): Recorder[] {
  return [...(registry[KEY]?.values() ?? [])].map(({ recorder }) => recorder);
}

/** Wrong settings were reported before. Any other error is logged, and the application starts without recording. */
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
