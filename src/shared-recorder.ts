import type { Destination, ResolvedOptions } from './options/options.ts';
import { Recorder } from './recorder.ts';

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
 * The recorder of this process for a destination, or for none: made by the first to ask, found by the others, also from a second
 * copy of this package.
 */
export function sharedRecorder(options: ResolvedOptions, destination: Destination | undefined): Share {
  registry[KEY] ??= new Map();
  const recorders = registry[KEY];
  const key = destination === undefined ? '' : `${destination.url}${destination.writePath}`;
  let entry = recorders.get(key);
  if (entry === undefined) {
    entry = { recorder: new Recorder(options, destination), uses: 0 };
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
