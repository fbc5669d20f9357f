/** A point other than a request, written with the tags of this process. All names are constants and need no escaping. */
export interface Point {
  readonly measurement: string;
  /** Tags in addition to those of every point. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly integers?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  /** Any text: it is cleaned and escaped. */
  readonly texts?: Readonly<Record<string, string>>;
  /** ms since 1970 */
  readonly atMs: number;
}
