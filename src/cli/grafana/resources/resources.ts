import type { Client } from '../api/client.ts';
import { isGone, type Right, refused } from '../api/refused.ts';

/** A resource of Grafana's new API, `/apis`, which will replace `/api` for folders and dashboards. */
export interface Resource {
  metadata: { name: string; resourceVersion?: string; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
}

/** The folders or the dashboards of the new API (Grafana 13 and later). */
export class Resources {
  readonly #client: Client;
  readonly #path: string;
  readonly #kind: string;
  readonly #right: Right;

  constructor(client: Client, namespace: string, kind: 'folder' | 'dashboard', right: Right) {
    this.#client = client;
    this.#path = `/apis/${kind}.grafana.app/v1/namespaces/${encodeURIComponent(namespace)}/${kind}s`;
    this.#kind = kind;
    this.#right = right;
  }

  async list(): Promise<Resource[]> {
    const answer = await this.#client.get(`${this.#path}?limit=1000`);
    if (answer.status !== 200) throw refused(this.#client, answer, `list ${this.#kind}s`, this.#right);
    return (answer.json?.items ?? []) as Resource[];
  }

  async get(name: string): Promise<Resource | undefined> {
    const answer = await this.#client.get(`${this.#path}/${encodeURIComponent(name)}`);
    if (isGone(answer)) return undefined;
    if (answer.status !== 200) throw refused(this.#client, answer, `read the ${this.#kind}`, this.#right);
    return answer.json as unknown as Resource;
  }

  /** Creates the resource, or replaces `current`. */
  async save(resource: Resource, current: Resource | undefined): Promise<void> {
    const { resourceVersion } = current?.metadata ?? {};
    const metadata = { ...resource.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    const value = { metadata, spec: resource.spec };
    const answer =
      current === undefined
        ? await this.#client.send('POST', this.#path, value)
        : await this.#client.send(
            'PUT',
            `${this.#path}/${encodeURIComponent(resource.metadata.name)}`,
            value,
          );
    if (answer.status !== 200 && answer.status !== 201) {
      const doing = `${current === undefined ? 'create' : 'change'} the ${this.#kind}`;
      throw refused(this.#client, answer, doing, this.#right);
    }
  }
}
