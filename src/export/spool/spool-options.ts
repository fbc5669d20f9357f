import type { Owner } from './owner.ts';
import type { SpoolFile } from './spool-index.ts';

export interface SpoolOptions {
  /** Created when it is first needed. Any number of processes may share it, for any number of destinations. */
  readonly dir: string;
  /** Limit for all files of all processes in `dir`. */
  readonly maxBytes: number;
  /** The key of the destination: see `spoolKey`. */
  readonly key: string;
  readonly events: SpoolEvents;
  /** @default the calling thread */
  readonly owner?: Owner;
  /** A monotonic clock. */
  readonly elapsedMs?: () => number;
}

export interface SpoolEvents {
  /**
   * Reports lines that are no longer in the spool and were not delivered. `maybeStored`: the database may have them.
   */
  lost(file: SpoolFile, maybeStored: boolean, reason: string): void;
  /** Reports a damaged file that was quarantined, once per file. */
  damaged(path: string, reason: string): void;
}

export interface PutOptions {
  /** An attempt may have stored the lines. @default false */
  readonly maybeStored?: boolean;
  /** False is much faster. The file then survives the end of the process, but not power loss. @default true */
  readonly sync?: boolean;
}

/** The result of `put`. `full`: the limit of the spool prevented it, not a failure. */
export type PutResult =
  | { readonly kept: true; readonly file: SpoolFile }
  | { readonly kept: false; readonly full: boolean; readonly reason: string };
