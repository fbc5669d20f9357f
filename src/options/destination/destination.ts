/**
 * The address and credentials that points are written with. It is made from the settings once, and never parsed again.
 */
export type Destination = DatabaseDestination | BucketDestination;

/** A database, written through `/write`: InfluxDB 1, and most servers that support its protocol. */
export interface DatabaseDestination extends Place {
  readonly kind: 'v1';
  readonly database: string;
  /** If undefined, the database's default policy. */
  readonly retentionPolicy: string | undefined;
}

/** A bucket, written through `/api/v2/write`: InfluxDB 2 and 3. */
export interface BucketDestination extends Place {
  readonly kind: 'v2';
  readonly bucket: string;
  /** InfluxDB 2 needs it, InfluxDB 3 does not. */
  readonly org: string | undefined;
}

interface Place {
  /** Base address, without credentials and without a slash at the end; `writePath` follows it. */
  readonly url: string;
  /** Path of the write endpoint: `/write`. */
  readonly endpoint: string;
  /** `endpoint` and its query, URL-encoded. */
  readonly writePath: string;
  /** The name of the destination in the log: `InfluxDB at http://host:8086 (database requests)`. */
  readonly label: string;
  /** Not enumerable, so that printing, spreading or cloning the destination leaves the secret out. */
  readonly credentials: Credentials | undefined;
  /** The `credentials` as the value of an `Authorization` header. Not enumerable either. */
  readonly authorization: string | undefined;
  /** Whether it is the live view. Its port may belong to another program, which must not get any data. */
  readonly isView?: true;
}

export type Credentials =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'user'; readonly username: string; readonly password: string };

/** The live view. This process may serve it, and sends a copy of all points to it. */
export interface ViewSetup {
  readonly port: number;
  readonly destination: Destination;
}

/** The word for the kind of a destination. */
export function nounOf({ kind }: Destination): 'database' | 'bucket' {
  return kind === 'v1' ? 'database' : 'bucket';
}

/** The name of the database or bucket. */
export function nameOf(destination: Destination): string {
  return destination.kind === 'v1' ? destination.database : destination.bucket;
}

/** Equal for two destinations that write to the same database or bucket. */
export function keyOf({ url, writePath }: Pick<Destination, 'url' | 'writePath'>): string {
  return url + writePath;
}
