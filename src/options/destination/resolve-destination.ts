import { registerSecret } from '../../safety/redact.ts';
import type { Readings } from '../read.ts';
import type { Settings } from '../settings.ts';
import { authorizationOf, resolveCredentials } from './credentials.ts';
import type { Credentials, Destination, ViewSetup } from './destination.ts';

/** A destination without its secrets. The conditional type distributes over the union, which `Omit` alone does not. */
type Visible<D> = D extends Destination ? Omit<D, 'credentials' | 'authorization'> : never;

interface Resolved {
  readonly destination: Destination | undefined;
  readonly problems: readonly string[];
}

interface ResolvedWithView extends Resolved {
  readonly view: ViewSetup | undefined;
}

/** Makes the destination from its settings, and reports settings that contradict each other. */
export function resolveDestination(settings: Readings<Settings>): ResolvedWithView {
  const { destination, problems } = resolveDatabase(settings);
  if (settings.enabled.value !== 'view') return { destination, view: undefined, problems };
  const port = settings.viewPort.value;
  const url = `http://127.0.0.1:${port}`;
  const place = {
    ...database(url, 'requests', undefined),
    label: `the live view at ${url}`,
    isView: true as const,
  };
  const token = settings.viewToken.value;
  registerSecret(token);
  const credentials = token === undefined ? undefined : { kind: 'token' as const, token };
  const view = Object.freeze({ port, destination: withCredentials(place, credentials) });
  return { destination: destination ?? view.destination, view, problems };
}

/** The InfluxDB that the settings describe. */
function resolveDatabase(settings: Readings<Settings>): Resolved {
  const { enabled, url, org, retentionPolicy } = settings;
  const problems: string[] = [];
  if (url.given === undefined) {
    if (enabled.value === true && !settings.prometheus.value) {
      problems.push(
        `Expected INFLUX_URL or \`url\` to be set, because ${enabled.given?.label} is on: for example INFLUX_URL=http://localhost:8086 and INFLUX_DATABASE=requests`,
      );
    }
    return { destination: undefined, problems };
  }

  const kind = chooseKind(settings, problems);
  const credentials = resolveCredentials(settings, kind, problems);
  const name = kind && settings[kind === 'v1' ? 'database' : 'bucket'].value;
  if (url.value === undefined || name === undefined) return { destination: undefined, problems };

  const { base } = url.value;
  const place = kind === 'v1' ? database(base, name, retentionPolicy.value) : bucket(base, name, org.value);
  return { destination: withCredentials(place, credentials), problems };
}

/** Chooses between bucket and database. If both are given, the one given in code wins. */
function chooseKind(
  { url, database, bucket }: Readings<Settings>,
  problems: string[],
): Destination['kind'] | undefined {
  if (database.given === undefined && bucket.given === undefined) {
    problems.push(
      `Expected INFLUX_DATABASE or INFLUX_BUCKET (\`database\` or \`bucket\`) to be set, because ${url.given?.label} is: it says where on the server to write`,
    );
    return undefined;
  }
  if (database.given?.source === bucket.given?.source) {
    problems.push(
      `Expected only one of ${database.given?.label} and ${bucket.given?.label} to be set, got both: a database is written by /write (InfluxDB 1), a bucket by /api/v2/write (InfluxDB 2 and 3)`,
    );
    return undefined;
  }
  if (database.given === undefined) return 'v2';
  return bucket.given?.source === 'code' ? 'v2' : 'v1';
}

function database(url: string, database: string, retentionPolicy: string | undefined): Visible<Destination> {
  const path = pathOf('/write', { db: database, rp: retentionPolicy });
  return { kind: 'v1', url, database, retentionPolicy, ...path, label: labelOf(url, 'database', database) };
}

function bucket(url: string, bucket: string, org: string | undefined): Visible<Destination> {
  const path = pathOf('/api/v2/write', { org, bucket });
  return { kind: 'v2', url, bucket, org, ...path, label: labelOf(url, 'bucket', bucket) };
}

function labelOf(url: string, noun: string, name: string): string {
  return `InfluxDB at ${url} (${noun} ${name})`;
}

function pathOf(endpoint: string, query: Record<string, string | undefined>) {
  const parameters = Object.entries({ ...query, precision: 'ns' }).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${encodeURIComponent(value)}`,
  );
  return { endpoint, writePath: `${endpoint}?${parameters.join('&')}` };
}

/** Adds the secrets as properties that are not listed, printed or copied. They are getters, so that `showHidden` does not print them. */
function withCredentials(place: Visible<Destination>, credentials: Credentials | undefined): Destination {
  const hidden = credentials && Object.freeze(credentials);
  const authorization = authorizationOf(hidden, place.kind);
  return Object.freeze(
    Object.defineProperties(place as Destination, {
      credentials: { get: () => hidden, enumerable: false },
      authorization: { get: () => authorization, enumerable: false },
    }),
  );
}
