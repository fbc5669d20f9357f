import { isDeepStrictEqual } from 'node:util';
import { printable } from '../../../safety/printable.ts';
import { CliError } from '../../cli-error.ts';
import type { Client } from '../api/client.ts';
import { isGone, type Right, refused } from '../api/refused.ts';
import type { Change } from './change.ts';
import type { Dashboard } from './dashboards.ts';
import type { Folder } from './folder.ts';
import { Resources } from './resources.ts';

const RIGHT: Right = {
  role: 'Editor',
  permissions: 'dashboards:read, dashboards:create and dashboards:write',
};
const PROVISIONED = 'by a file of Grafana, which takes precedence';
const FOLDER = 'grafana.app/folder';

/** The target of a dashboard. */
export interface Place {
  /** If undefined, the dashboard is in no folder. */
  folder: Folder | undefined;
  namespace: () => Promise<string>;
  dryRun: boolean;
}

/** Creates or updates the dashboard, in the given folder. */
export async function saveDashboard(client: Client, wanted: Dashboard, place: Place): Promise<Change> {
  const { folder, dryRun } = place;
  const answer = await client.get(`/api/dashboards/uid/${encodeURIComponent(wanted.uid)}`);
  // A 404 means that either the dashboard or the endpoint does not exist.
  if (isGone(answer) && !/dashboard/i.test(answer.serverMessage)) return saveResource(client, wanted, place);
  const exists = answer.status === 200;
  if (!exists && !isGone(answer)) throw refused(client, answer, 'read dashboards', RIGHT);

  const change = (what: Change['what']): Change => ({ kind: 'dashboard', title: wanted.title, what });
  const { meta, dashboard } = (answer.json ?? {}) as { meta?: Meta; dashboard?: object };
  if (exists && meta?.provisioned) return { ...change('provisioned'), note: PROVISIONED };
  if (exists && isIn(folder, meta) && isSame(wanted, dashboard)) return change('unchanged');
  const what = exists ? 'updated' : 'created';
  if (dryRun) return change(what);

  const saved = await client.send('POST', '/api/dashboards/db', {
    // With the version that was read, and without `overwrite`: Grafana 7 would take another dashboard of the same title for
    // this one, and a change that somebody makes meanwhile would be lost.
    dashboard: { ...wanted, id: null, version: Object(dashboard).version ?? 0 },
    folderId: folder?.id ?? 0,
    ...(folder === undefined ? {} : { folderUid: folder.uid }),
    overwrite: false,
    message: 'raw-requests grafana install',
  });
  if (isGone(saved)) return saveResource(client, wanted, place);
  if (/version-mismatch|changed by someone else/.test(`${saved.json?.status} ${saved.serverMessage}`)) {
    throw new CliError(
      `Somebody changed the dashboard "${printable(wanted.title)}" in this moment (${saved.status} ${saved.serverMessage}).\nRun the command again.`,
    );
  }
  if (saved.status === 409 || saved.status === 412) {
    const where = folder === undefined ? 'outside of folders' : `in the folder "${printable(folder.title)}"`;
    throw new CliError(
      `Grafana has another dashboard "${printable(wanted.title)}" ${where}, which is left as it is (${saved.status} ${saved.serverMessage}).\n` +
        'Rename it, or name another folder: --folder TITLE',
    );
  }
  if (saved.status !== 200)
    throw refused(client, saved, `save the dashboard "${printable(wanted.title)}"`, RIGHT);
  return change(what);
}

interface Meta {
  provisioned?: boolean;
  folderId?: number;
  folderUid?: string;
}

function isIn(folder: Folder | undefined, { folderUid, folderId }: Meta = {}): boolean {
  return folderUid === undefined ? folderId === (folder?.id ?? 0) : folderUid === (folder?.uid ?? '');
}

function isSame(wanted: Dashboard, current: object | undefined): boolean {
  const { id, version, ...rest } = Object(current);
  return isDeepStrictEqual(rest, wanted);
}

/** The same with the new API, if the old one does not exist. */
async function saveResource(
  client: Client,
  wanted: Dashboard,
  { folder, namespace, dryRun }: Place,
): Promise<Change> {
  const resources = new Resources(client, await namespace(), 'dashboard', RIGHT);
  const current = await resources.get(wanted.uid);
  const annotations = current?.metadata.annotations ?? {};
  const change = (what: Change['what']): Change => ({ kind: 'dashboard', title: wanted.title, what });
  if (annotations['grafana.app/managedBy'] !== undefined)
    return { ...change('provisioned'), note: PROVISIONED };
  const { uid, ...spec } = wanted;
  const { uid: _, ...present } = current?.spec ?? {};
  if (annotations[FOLDER] === folder?.uid && isDeepStrictEqual(present, spec)) return change('unchanged');
  const { [FOLDER]: __, ...others } = annotations;
  const metadata = { name: uid, annotations: { ...others, ...(folder && { [FOLDER]: folder.uid }) } };
  if (!dryRun) await resources.save({ metadata, spec }, current);
  return change(current === undefined ? 'created' : 'updated');
}
