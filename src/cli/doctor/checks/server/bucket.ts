import { type Destination, nameOf } from '../../../../options/options.ts';
import { textOf } from '../../../../safety/foreign-text.ts';
import { type Finding, fine } from '../../finding.ts';
import { type Client, parseObject } from '../client.ts';

/** A bucket of InfluxDB 2.x. */
export interface Bucket {
  readonly id: string;
  readonly orgId: string;
  readonly name: string;
  /** 0: for ever. */
  readonly keptSeconds: number;
}

/** An id of InfluxDB 2.x. Writes accept one in place of a name; queries and most other requests do not. */
const ID = /^[0-9a-f]{16}$/;

/**
 * Looks a bucket up, by its name or its id. For a database, that is the bucket that is named like it, or
 * `database/retention-policy`. Undefined if there is none, or if the token may not read it.
 */
export async function findBucket(client: Client): Promise<Bucket | undefined> {
  const { destination } = client.target;
  const org = destination.kind === 'v2' ? destination.org : undefined;
  const inOrg: Record<string, string> = org === undefined ? {} : ID.test(org) ? { orgID: org } : { org };
  for (const which of searches(destination)) {
    const { status, body } = await client.get(
      `/api/v2/buckets?${new URLSearchParams({ ...which, ...inOrg })}`,
    );
    const found: unknown = parseObject(body)?.buckets;
    const [bucket] = status === 200 && Array.isArray(found) ? found : [];
    if (bucket === undefined || bucket === null) continue;
    return {
      id: textOf(bucket.id),
      orgId: textOf(bucket.orgID),
      name: textOf(bucket.name),
      keptSeconds: Number(bucket.retentionRules?.[0]?.everySeconds ?? 0),
    };
  }
  return undefined;
}

function searches(destination: Destination): Record<string, string>[] {
  const name = nameOf(destination);
  if (destination.kind === 'v2') return [{ name }, ...(ID.test(name) ? [{ id: name }] : [])];
  const { retentionPolicy } = destination;
  return [...(retentionPolicy === undefined ? [] : [{ name: `${name}/${retentionPolicy}` }]), { name }];
}

/** Says which bucket an id means. */
export function checkId(client: Client, id: string, name: string): Finding {
  const text = `${client.clean(id)} is the id of "${client.clean(name)}", by which Grafana asks for it`;
  return fine('Bucket', text);
}
