import { folder } from '../kinds/folder.ts';
import { MiB, wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** The spool: requests that wait on disk. */
export interface SpoolOptions {
  /**
   * Folder for requests that cannot be delivered, so that they survive the end of the process. They are `.lp.gz` files,
   * and are delivered when the database is available again, also by a later process. The folder is created when it is
   * first needed, with access for this user only. Several processes may share it. An existing folder must not be a
   * link, must belong to this user, and must be writable by no other user, unless it has the sticky bit. A
   * folder that cannot be written is no error: requests then wait in memory.
   *
   * Environment: `RAW_REQUESTS_SPOOL_DIR`.
   * @default undefined: nothing is written to disk
   */
  spoolDir?: string | undefined;

  /**
   * The most bytes in `spoolDir`, from 1 MiB, of all processes that share it. Above that, the oldest requests of this
   * process are dropped, and counted.
   *
   * Environment: `RAW_REQUESTS_MAX_SPOOL_BYTES`.
   * @default 268435456 (256 MiB)
   */
  maxSpoolBytes?: number | undefined;
}

export const spoolSettings: SettingsOf<SpoolOptions, 'spoolDir'> = {
  spoolDir: { env: ['RAW_REQUESTS_SPOOL_DIR'], kind: folder, default: undefined },
  maxSpoolBytes: { env: ['RAW_REQUESTS_MAX_SPOOL_BYTES'], kind: wholeNumber(MiB), default: 256 * MiB },
};
