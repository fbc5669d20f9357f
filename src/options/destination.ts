import type { Destination } from './options.ts';
import type { Readings } from './read.ts';

/** Puts the destination together from the settings that describe it, and reports those that do not go together. */
export function resolveDestination(settings: Readings): {
  destination: Destination | undefined;
  problems: readonly string[];
} {
  const { destination, problems } = resolveDatabase(settings);
  if (settings.enabled.value !== 'view') return { destination, problems };
  const port = settings.viewPort.value!;
  const url = `http://127.0.0.1:${port}`;
  const view = {
    url,
    writePath: '/write?db=requests&precision=ns',
    label: `the live view at ${url}`,
    view: Object.freeze({ port, forward: destination }),
  };
  return { destination: withAuthorization(view, undefined), problems };
}

/** The InfluxDB that the settings describe. */
function resolveDatabase(settings: Readings): {
  destination: Destination | undefined;
  problems: string[];
} {
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

  const kind = chooseTarget(settings, problems);
  const authorization = authorize(settings, kind, problems);
  const name = kind && settings[kind].value;
  if (url.value === undefined || name === undefined) return { destination: undefined, problems };

  const query =
    kind === 'bucket' ? { org: org.value, bucket: name } : { db: name, rp: retentionPolicy.value };
  const destination = {
    url: url.value.base,
    writePath: `${kind === 'bucket' ? '/api/v2/write' : '/write'}?${encodeQuery({ ...query, precision: 'ns' })}`,
    label: `InfluxDB at ${url.value.base} (${kind} ${name})`,
  };
  return { destination: withAuthorization(destination, authorization), problems };
}

/** A bucket or a database: if both are given, the one given in code. */
function chooseTarget(
  { url, database, bucket }: Readings,
  problems: string[],
): 'bucket' | 'database' | undefined {
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
  if (database.given === undefined) return 'bucket';
  return bucket.given?.source === 'code' ? 'bucket' : 'database';
}

/** Value of the `Authorization` header. */
function authorize(
  settings: Readings,
  kind: 'bucket' | 'database' | undefined,
  problems: string[],
): string | undefined {
  const { url, token } = settings;
  const username = settings.username.value ?? url.value?.username;
  const password = settings.password.value ?? url.value?.password;
  const hasBoth = username !== undefined && password !== undefined;

  if (token.value !== undefined && (kind === 'bucket' || !hasBoth)) return `Token ${token.value}`;
  if (hasBoth) {
    const user = Buffer.from(`${username}:${password}`);
    // A header holds bytes: in the plain form those of UTF-8, each as one character. This is the form of InfluxDB 1.8.
    return kind === 'bucket' ? `Token ${user.toString('latin1')}` : `Basic ${user.toString('base64')}`;
  }

  const areRight = [url, token, settings.username, settings.password].every(
    (reading) => reading.problems.length === 0,
  );
  if (areRight && username !== undefined) {
    problems.push('Expected INFLUX_PASSWORD or `password` to be set, because a username is');
  }
  if (areRight && password !== undefined) {
    problems.push('Expected INFLUX_USERNAME or `username` to be set, because a password is');
  }
  return undefined;
}

function encodeQuery(parameters: Record<string, string | undefined>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
    .join('&');
}

/** Keeps the secret from everything that lists, prints or copies properties; a getter, so that not even `showHidden` does. */
function withAuthorization(
  destination: Omit<Destination, 'authorization'>,
  authorization: string | undefined,
): Destination {
  return Object.freeze(
    Object.defineProperty(destination as Destination, 'authorization', {
      get: () => authorization,
      enumerable: false,
    }),
  );
}
