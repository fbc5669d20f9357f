import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { listen } from './server.ts';

type Json = Record<string, unknown>;
type Reply = [status: number, body: unknown];

/**
 * The behaviour of Grafana 7.5.5, of Grafana 13 according to its documentation, and of a version with only the new
 * API.
 */
export type Kind = '7.5.5' | '13.2.3' | 'new API only';

export interface FakeGrafana {
  readonly url: string;
  readonly token: string;
  readonly dataSources: Json[];
  readonly folders: Json[];
  /** By uid; `folder` is a uid, or an id in Grafana 7. */
  readonly dashboards: Map<
    string,
    { dashboard: Json; folder: unknown; provisioned?: boolean; version: number }
  >;
  /** By uid; Grafana 13 only. */
  readonly alertRules: Map<string, Json>;
  /** `METHOD /path` of all requests. */
  readonly asked: string[];
  /** Only requests that change something. */
  changes(): string[];
  /** `Sources`: a custom role that may do everything with data sources, and nothing else. */
  role: 'Admin' | 'Editor' | 'Sources';
  /** Its response to health checks; undefined: none. */
  health: Reply | undefined;
  org: { id: number; name: string };
}

/** Grafana's slug for a title. */
const slug = (title: unknown) =>
  String(title)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

const NOT_FOUND: Reply = [404, { message: 'Not found' }];
const USER = 'admin:open-sesame';

/** A server that handles the requests of `raw-requests grafana install` like Grafana. */
export async function fakeGrafana(t: TestContext, kind: Kind, prefix = ''): Promise<FakeGrafana> {
  const isOld = kind === '7.5.5';
  let ids = 0;
  const { url } = await listen(t, async (req, res) => {
    const body = await text(req);
    if (fake.health === undefined && req.url!.endsWith('raw-requests/health')) return;
    const [status, answer] = req.url!.startsWith(`${prefix}/`)
      ? reply(req, req.url!.slice(prefix.length).split('?')[0]!, body === '' ? {} : JSON.parse(body))
      : [302, ''];
    if (status === 302) res.setHeader('location', `${prefix}/`);
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });

  function reply(req: IncomingMessage, path: string, sent: Json): Reply {
    const { method = '', headers } = req;
    fake.asked.push(`${method} ${path}`);
    if (path === '/api/health')
      return [200, { database: 'ok', ...(kind === 'new API only' ? {} : { version: kind }) }];
    const refusal = unknownUser(headers.authorization);
    if (refusal !== undefined) return refusal;
    if (path === '/api/org') return [200, fake.org];
    if (path === '/api/frontend/settings') return [200, isOld ? {} : { namespace: 'org-4' }];
    if (path.startsWith('/api/datasources')) return dataSources(method, path.slice(16), sent);
    if (path.startsWith('/apis/')) return isOld ? NOT_FOUND : resources(method, path, sent);
    if (kind === 'new API only') return NOT_FOUND;
    if (path.startsWith('/api/folders')) return folders(method, path.slice(12), sent);
    if (path.startsWith('/api/v1/provisioning/') && !isOld)
      return alertRules(method, path.slice(21), sent, headers);
    if (path.startsWith('/api/dashboards/')) return dashboards(method, path.slice(16), sent);
    return NOT_FOUND;
  }

  function unknownUser(authorization = ''): Reply | undefined {
    const known = [`Bearer ${fake.token}`, `Basic ${Buffer.from(USER).toString('base64')}`];
    if (known.includes(authorization)) return undefined;
    if (authorization === '') return [401, { message: 'Unauthorized' }];
    // The real Grafana would not repeat the credentials. The test needs it.
    return [401, { message: `Invalid API key or password ${authorization}` }];
  }

  function forbidden(permission: string): Reply {
    if (isOld) return [403, { message: 'Permission denied' }];
    const message = `You'll need additional permissions to perform this action. Permissions needed: ${permission}`;
    return [403, { accessErrorId: 'ACE1', message, title: 'Access denied' }];
  }

  function dataSources(method: string, path: string, sent: Json): Reply {
    if (fake.role === 'Editor') return forbidden('datasources:create');
    const [, by, key = ''] = path.split('/');
    const find = (name: string, value: unknown) =>
      fake.dataSources.find((source) => String(source[name]) === decodeURIComponent(String(value)));
    if (method === 'GET' && key.length > 0 && path.endsWith('/health'))
      return isOld ? NOT_FOUND : fake.health!;
    if (method === 'GET') {
      // Grafana does not return secrets.
      const list = fake.dataSources.map(({ secureJsonData, ...visible }) => visible);
      return path === '' ? [200, list] : NOT_FOUND;
    }
    if (method === 'POST') {
      if (find('name', sent.name) ?? find('uid', sent.uid))
        return [409, { message: 'data source with the same name already exists' }];
      fake.dataSources.push({ readOnly: false, isDefault: false, ...sent, id: ++ids });
      return [200, { message: 'Datasource added' }];
    }
    const current = by === 'uid' ? (isOld ? undefined : find('uid', key)) : find('id', by);
    if (current === undefined) return NOT_FOUND;
    const namesake = find('name', sent.name);
    if (namesake !== undefined && namesake !== current)
      return [409, { message: 'data source with the same name' }];
    const secureJsonData = { ...Object(current.secureJsonData), ...Object(sent.secureJsonData) };
    Object.assign(current, sent, { secureJsonData });
    return [200, { message: 'Datasource updated' }];
  }

  function folders(method: string, path: string, sent: Json): Reply {
    if (method === 'GET') return [200, fake.folders];
    if (fake.role === 'Sources') return forbidden('folders:create');
    const taken = (name: string) => fake.folders.some((folder) => folder[name] === sent[name]);
    if (method === 'POST') {
      if (taken('uid') || (isOld && taken('title')))
        return [412, { status: 'name-exists', message: 'a folder with the same name already exists' }];
      const refusal = isOld ? folderRefusal(sent) : undefined;
      if (refusal !== undefined) return refusal;
      const folder = { ...sent, id: ++ids };
      fake.folders.push(folder);
      return [200, folder];
    }
    const current = fake.folders.find(({ uid }) => uid === path.slice(1));
    if (current === undefined) return [404, { message: 'folder not found' }];
    if (sent.overwrite !== true)
      return [412, { status: 'version-mismatch', message: 'changed by someone else' }];
    current.title = sent.title;
    return [200, current];
  }

  /** Before Grafana 11.3, folders and dashboards share one space of uids, and slugs differ within a folder. */
  function folderRefusal({ uid, title }: Json): Reply | undefined {
    if (fake.dashboards.has(String(uid)))
      return [400, { message: 'Dashboard cannot be changed to a folder' }];
    const loose = [...fake.dashboards.values()].filter(({ folder }) => folder === 0);
    return loose.some(({ dashboard }) => slug(dashboard.title) === slug(title))
      ? [400, { message: 'Folder name cannot be the same as one of its dashboards' }]
      : undefined;
  }

  function dashboardRefusal({ uid, title }: Json): Reply | undefined {
    if (fake.folders.some((folder) => folder.uid === uid))
      return [400, { message: 'Dashboard cannot be changed to a folder' }];
    return fake.folders.some((folder) => slug(folder.title) === slug(title))
      ? [400, { message: 'Dashboard name cannot be the same as folder' }]
      : undefined;
  }

  function dashboards(method: string, path: string, sent: Json): Reply {
    if (method === 'GET') {
      const found = fake.dashboards.get(path.slice(4));
      if (found === undefined) return [404, { message: 'Dashboard not found' }];
      const { dashboard, folder, provisioned = false } = found;
      const where = isOld ? { folderId: folder } : { folderId: 0, folderUid: folder };
      return [
        200,
        { meta: { provisioned, ...where }, dashboard: { id: 1, version: found.version, ...dashboard } },
      ];
    }
    if (fake.role === 'Sources') return forbidden('dashboards:create');
    const { id, version, ...dashboard } = sent.dashboard as Json;
    const folder = isOld ? (sent.folderId ?? 0) : (sent.folderUid ?? '');
    if (!isOld && folder !== '' && !fake.folders.some(({ uid }) => uid === folder))
      return [400, { message: 'folder not found' }];
    let uid = String(dashboard.uid);
    const current = fake.dashboards.get(uid);
    if (current?.provisioned) return [400, { message: 'Cannot save provisioned dashboard' }];
    if (current !== undefined && sent.overwrite !== true && version !== current.version)
      return [412, { status: 'version-mismatch', message: 'changed by someone else' }];
    const refusal = isOld ? dashboardRefusal(dashboard) : undefined;
    if (refusal !== undefined) return refusal;
    for (const [other, stored] of fake.dashboards) {
      if (other === uid || stored.folder !== folder || slug(stored.dashboard.title) !== slug(dashboard.title))
        continue;
      if (sent.overwrite !== true)
        return [412, { status: 'name-exists', message: 'same name in the folder' }];
      if (isOld) uid = other;
    }
    fake.dashboards.set(uid, {
      dashboard: { ...dashboard, uid },
      folder,
      version: (current?.version ?? 0) + 1,
    });
    return [200, { uid, status: 'success' }];
  }

  function alertRules(method: string, path: string, sent: Json, headers: IncomingHttpHeaders): Reply {
    const [kind, uid] = path.split('/');
    if (kind !== 'alert-rules') return NOT_FOUND;
    if (fake.role === 'Sources') return forbidden('alert.provisioning:read');
    if (method === 'GET' && uid === undefined) return [200, [...fake.alertRules.values()]];
    if (method === 'GET') return fake.alertRules.has(uid!) ? [200, fake.alertRules.get(uid!)] : [404, ''];
    if (!fake.folders.some((folder) => folder.uid === sent.folderUID))
      return [400, { message: 'folder does not exist' }];
    if (fake.alertRules.has(String(sent.uid))) return [409, { message: 'rule with this uid exists' }];
    const provenance = headers['x-disable-provenance'] === undefined ? { provenance: 'api' } : {};
    // Grafana adds what it takes for granted.
    const data = (sent.data as Json[]).map((step) => ({
      ...step,
      model: { ...Object(step.model), intervalMs: 1000 },
    }));
    fake.alertRules.set(String(sent.uid), { ...sent, data, ...provenance, id: ++ids });
    return [201, sent];
  }

  /** `/apis/KIND.grafana.app/v1/namespaces/NAMESPACE/KINDs[/NAME]` */
  function resources(method: string, path: string, sent: Json): Reply {
    const [, group, version, , namespace, , name] = path.slice(1).split('/');
    if (version !== 'v1' || namespace !== 'org-4') return NOT_FOUND;
    const isFolder = group === 'folder.grafana.app';
    const list: Json[] = isFolder
      ? fake.folders.map(({ uid, title }) => ({
          metadata: { name: uid, resourceVersion: '1' },
          spec: { title },
        }))
      : [...fake.dashboards].map(([uid, { dashboard, folder, version }]) => {
          const annotations = folder === '' ? {} : { 'grafana.app/folder': folder };
          return { metadata: { name: uid, resourceVersion: String(version), annotations }, spec: dashboard };
        });
    const metadata = Object(sent.metadata);
    const id = name ?? metadata.name;
    const current = list.find((item) => Object(item.metadata).name === id);
    if (method === 'GET' && name === undefined) return [200, { items: list }];
    if (method === 'GET') return current === undefined ? [404, { message: 'not found' }] : [200, current];
    if (fake.role === 'Sources')
      return [403, { kind: 'Status', message: `user cannot create resource "${group}"` }];
    if (method === 'POST' && current !== undefined) return [409, { message: `"${id}" already exists` }];
    if (method === 'PUT') {
      if (current === undefined) return [404, { message: 'not found' }];
      if (metadata.resourceVersion !== Object(current.metadata).resourceVersion)
        return [409, { message: 'the object has been modified' }];
    }
    if (isFolder) {
      const folder = fake.folders.find(({ uid }) => uid === id);
      if (folder === undefined) fake.folders.push({ uid: id, ...Object(sent.spec) });
      else Object.assign(folder, sent.spec);
    } else {
      const folder = metadata.annotations?.['grafana.app/folder'] ?? '';
      const version = (fake.dashboards.get(id)?.version ?? 0) + 1;
      fake.dashboards.set(id, { dashboard: sent.spec as Json, folder, version });
    }
    return [method === 'POST' ? 201 : 200, sent];
  }

  const fake: FakeGrafana = {
    url: url + prefix,
    token: 'glsa_open-sesame',
    dataSources: [],
    folders: [],
    dashboards: new Map(),
    alertRules: new Map(),
    asked: [],
    changes: () => fake.asked.filter((question) => !question.startsWith('GET')),
    role: 'Admin',
    health: [200, { status: 'OK', message: 'datasource is working. 3 measurements found' }],
    org: { id: 4, name: 'Main Org.' },
  };
  return fake;
}
