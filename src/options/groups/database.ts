import { type Address, address } from '../kinds/address.ts';
import { name, secret, token, username } from '../kinds/text.ts';
import type { SettingsOf } from '../setting.ts';

/** The InfluxDB that points are written to. */
export interface DatabaseOptions {
  /**
   * Address of the InfluxDB server, http or https, without the path of the write endpoint, which is added, or a Unix
   * socket (`unix:/run/influxdb.sock`). `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` apply, except to loopback addresses. It may
   * contain a path (`https://gateway/influx`), and a percent-encoded username and password
   * (`http://user:secret@host:8086`). With https, the certificate is always checked; `NODE_EXTRA_CA_CERTS` adds
   * certificate authorities. With http to another host, the log warns if there are credentials.
   *
   * Environment: `INFLUX_URL`, else `INFLUX_HOST`.
   */
  url?: string | undefined;

  /**
   * API token. With a `database`, `username` and `password` take precedence over it.
   *
   * Environment: `INFLUX_TOKEN`.
   */
  token?: string | undefined;

  /**
   * Organization of the `bucket`: InfluxDB 2 needs it, InfluxDB 3 does not. Not used with a `database`.
   *
   * Environment: `INFLUX_ORG`.
   */
  org?: string | undefined;

  /**
   * Bucket to write to, through `/api/v2/write` (InfluxDB 2 and 3). Either this or `database` is needed.
   *
   * Environment: `INFLUX_BUCKET`; a `database` given in code takes precedence.
   */
  bucket?: string | undefined;

  /**
   * Database to write to, through `/write` (InfluxDB 1, and most servers that support its protocol). Either this or
   * `bucket` is needed.
   *
   * Environment: `INFLUX_DATABASE`, else `INFLUX_DB`; a `bucket` given in code takes precedence.
   */
  database?: string | undefined;

  /**
   * Retention policy of the `database`. Not used with a `bucket`.
   *
   * Environment: `INFLUX_RETENTION_POLICY`.
   * @default the database's own default policy
   */
  retentionPolicy?: string | undefined;

  /**
   * User to write as, together with `password`. It must not contain a colon.
   *
   * Environment: `INFLUX_USERNAME`.
   * @default the one in `url`
   */
  username?: string | undefined;

  /**
   * Password of `username`. With a `bucket`, both are used only if there is no `token`.
   *
   * Environment: `INFLUX_PASSWORD`.
   * @default the one in `url`
   */
  password?: string | undefined;
}

export const databaseSettings: SettingsOf<DatabaseOptions, keyof DatabaseOptions, { url: Address }> = {
  url: { env: ['INFLUX_URL', 'INFLUX_HOST'], kind: address, default: undefined },
  token: { env: ['INFLUX_TOKEN'], kind: token, default: undefined },
  org: { env: ['INFLUX_ORG'], kind: name, default: undefined },
  bucket: { env: ['INFLUX_BUCKET'], kind: name, default: undefined },
  database: { env: ['INFLUX_DATABASE', 'INFLUX_DB'], kind: name, default: undefined },
  retentionPolicy: { env: ['INFLUX_RETENTION_POLICY'], kind: name, default: undefined },
  username: { env: ['INFLUX_USERNAME'], kind: username, default: undefined },
  password: { env: ['INFLUX_PASSWORD'], kind: secret, default: undefined },
};
