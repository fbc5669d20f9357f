import { textOf } from '../../../safety/foreign-text.ts';
import { printable } from '../../../safety/printable.ts';
import { CliError } from '../../cli-error.ts';
import type { Answer, Client } from '../api/client.ts';
import { isGone, type Right, refused } from '../api/refused.ts';
import type { Change } from './change.ts';
import { Resources } from './resources.ts';

/** A folder of dashboards. Grafana 7 uses only `id`, later versions `uid`. */
export interface Folder {
  uid: string;
  id?: number | undefined;
  title: string;
}

/** Operations on folders, for one of Grafana's two APIs. */
interface Folders {
  create(folder: Folder): Promise<Folder>;
  rename(folder: Folder): Promise<void>;
}

/** Folders and dashboards share one space of uids, so no dashboard has this one. */
export const FOLDER_UID = 'raw-requests-folder';
/**
 * Before Grafana 11.3, a folder may have the title neither of a dashboard in it, nor of one that is in no folder.
 * Grafana 7 compares slugs, in which `Raw Requests` and `raw-requests` are equal.
 */
export const FOLDER_TITLE = 'Node.js (raw-requests)';
/** Grafana's name for dashboards that are in no folder. */
export const NO_FOLDER = 'General';

const RIGHT: Right = { role: 'Editor', permissions: 'folders:read, folders:create and folders:write' };

/**
 * Finds or creates the folder. An existing folder with the title is used. Without a `title`, the folder of an earlier
 * installation keeps its title. Returns no folder if the dashboards should be in none.
 */
export async function saveFolder(
  client: Client,
  title: string | undefined,
  namespace: () => Promise<string>,
  dryRun: boolean,
): Promise<{ folder?: Folder; change?: Change }> {
  if (title === NO_FOLDER) return {};
  const { folders, list } = await open(client, namespace);
  const ours = list.find(({ uid }) => uid === FOLDER_UID);
  const titled = list.find((folder) => folder.title === (title ?? FOLDER_TITLE));
  const change = (what: Change['what'], folder: Folder) => ({
    folder,
    change: { kind: 'folder', what, title: folder.title } as const,
  });

  const found = title === undefined ? (ours ?? titled) : titled;
  if (found !== undefined) return change('unchanged', found);
  const wanted = { uid: FOLDER_UID, id: ours?.id, title: title ?? FOLDER_TITLE };
  if (ours !== undefined) {
    if (!dryRun) await folders.rename(wanted);
    return change('updated', wanted);
  }
  return change('created', dryRun ? wanted : await folders.create(wanted));
}

async function open(
  client: Client,
  namespace: () => Promise<string>,
): Promise<{ folders: Folders; list: Folder[] }> {
  const answer = await client.get('/api/folders?limit=1000');
  if (isGone(answer)) return openNew(client, await namespace());
  if (answer.status !== 200 || !Array.isArray(answer.json))
    throw refused(client, answer, 'list folders', RIGHT);
  return { folders: oldFolders(client), list: answer.json as Folder[] };
}

function oldFolders(client: Client): Folders {
  const check = (answer: Answer, doing: string, title: string) => {
    const { status, serverMessage, json } = answer;
    if (status === 409 || status === 412 || (status === 400 && /same/.test(serverMessage))) {
      const text = `Grafana has a dashboard or a folder that is called "${printable(title)}" or has the uid ${FOLDER_UID}, which is left as it is (${status} ${serverMessage}).`;
      throw new CliError(`${text}\nName another folder: --folder TITLE`);
    }
    if (status !== 200 && status !== 201) throw refused(client, answer, `${doing} the folder`, RIGHT);
    return json;
  };
  return {
    create: async ({ uid, title }) => {
      const json = check(await client.send('POST', '/api/folders', { uid, title }), 'create', title);
      return { uid, id: json?.id as number | undefined, title };
    },
    rename: async ({ uid, title }) => {
      check(await client.send('PUT', `/api/folders/${uid}`, { title, overwrite: true }), 'rename', title);
    },
  };
}

async function openNew(client: Client, namespace: string): Promise<{ folders: Folders; list: Folder[] }> {
  const resources = new Resources(client, namespace, 'folder', RIGHT);
  const list = await resources.list();
  const folders: Folders = {
    create: async (folder) => {
      await resources.save({ metadata: { name: folder.uid }, spec: { title: folder.title } }, undefined);
      return folder;
    },
    rename: async ({ uid, title }) => {
      const current = list.find(({ metadata }) => metadata.name === uid)!;
      await resources.save({ metadata: current.metadata, spec: { ...current.spec, title } }, current);
    },
  };
  return {
    folders,
    list: list.map(({ metadata, spec }) => ({ uid: metadata.name, title: textOf(spec.title) })),
  };
}
