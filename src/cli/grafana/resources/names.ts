import { printable } from '../../../safety/printable.ts';
import { CliError } from '../../cli-error.ts';
import type { Dashboard } from './dashboards.ts';
import { FOLDER_UID } from './folder.ts';

/** The part of an address that Grafana makes of a title. Grafana 7 takes titles with the same slug for the same. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

/**
 * Refuses names that some version of Grafana refuses: folders and dashboards share one space of uids, and before 11.3 no
 * two of them in one place may have the same title, a folder and a dashboard in it included.
 */
export function checkNames(dashboards: readonly Dashboard[], folder: string | undefined): void {
  const uids = new Map([[FOLDER_UID, 'the folder']]);
  const titles = new Map<string, string>();
  if (folder !== undefined) titles.set(slug(folder), `the folder "${printable(folder)}"`);
  for (const { uid, title } of dashboards) {
    const name = `the dashboard "${printable(title)}"`;
    const [sameUid, sameTitle] = [uids.get(uid), titles.get(slug(title))];
    if (sameUid !== undefined)
      throw new CliError(`Expected uids to differ: ${name} has the uid "${printable(uid)}" of ${sameUid}`);
    if (sameTitle !== undefined) {
      throw new CliError(
        `Expected titles to differ: ${name} has the title of ${sameTitle}, which Grafana before 11.3 refuses.` +
          (sameTitle.startsWith('the folder') ? '\nName another folder: --folder TITLE' : ''),
      );
    }
    uids.set(uid, name);
    titles.set(slug(title), name);
  }
}
