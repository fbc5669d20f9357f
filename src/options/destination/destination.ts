/**
 * Where points are written to, and as whom. It is put together once, from the settings; whoever needs a part of it
 * reads that part.
 */
export type Destination = DatabaseDestination | BucketDestination;

/** Written by `/write`: InfluxDB 1, and most servers that speak its protocol. */
export interface DatabaseDestination extends Place {
  readonly kind: 'v1';
  readonly database: string;
  /** Undefined: the database's own default policy. */
  readonly retentionPolicy: string | undefined;
}

/** Written by `/api/v2/write`: InfluxDB 2 and 3. */
export interface BucketDestination extends Place {
  readonly kind: 'v2';
  readonly bucket: string;
  /** InfluxDB 2 needs it, InfluxDB 3 does not. */
  readonly org: string | undefined;
}

interface Place {
  /** Base address: without credentials and without a slash at the end, to be followed by `writePath`. */
  readonly url: string;
  /** Path of the write endpoint: `/write`. */
  readonly endpoint: string;
  /** `endpoint` and its query, URL-encoded. */
  readonly writePath: string;
  /** The destination as the log may name it: `InfluxDB at http://host:8086 (database requests)`. */
  readonly label: string;
  /**
   * As whom. Not enumerable, so that printing, spreading or cloning the destination leaves the secret out: whoever
   * needs it reads it by its name.
   */
  readonly credentials: Credentials | undefined;
  /** The `credentials` as the value of an `Authorization` header, and as hidden. */
  readonly authorization: string | undefined;
  /** It is the live view: another program may have its port, and must not be sent anything. */
  readonly isView?: true;
}

export type Credentials =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'user'; readonly username: string; readonly password: string };

/** The live view, which this process may serve, and which gets a copy of what goes to a database. */
export interface ViewSetup {
  readonly port: number;
  readonly destination: Destination;
}

/** What a name on the server is the name of. */
export function nounOf({ kind }: Destination): 'database' | 'bucket' {
  return kind === 'v1' ? 'database' : 'bucket';
}

/** The database or bucket. */
export function nameOf(destination: Destination): string {
  return destination.kind === 'v1' ? destination.database : destination.bucket;
}

/** The same for two destinations when the same points go to the same place. */
export function keyOf({ url, writePath }: Pick<Destination, 'url' | 'writePath'>): string {
  return url + writePath;
}
