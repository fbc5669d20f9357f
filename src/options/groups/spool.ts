import { folder } from '../kinds/folder.ts';
import { MiB, wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** What waits on disk. */
export interface SpoolOptions {
  /**
   * Folder for what the database does not take, so that it outlives the process: plain `.lp.gz` files, which are
   * delivered when the database takes them again, if need be by another process. It is made, with access for this user
   * alone, when it is first needed, and several processes may share it. A folder that cannot be written to is no
   * error: memory then has to do. One that exists is to be no link, to belong to this user, and to be writable by no
   * other, or to have the sticky bit.
   *
   * Environment: `RAW_REQUESTS_SPOOL_DIR`.
   * @default undefined: nothing is written to disk
   */
  spoolDir?: string | undefined;

  /**
   * How much may be in `spoolDir`, in bytes, from 1 MiB, over all processes that share it. Beyond that the oldest
   * records of this process are dropped, and counted.
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
