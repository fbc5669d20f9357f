/** A point that is no request, with the tags of this process. Names are the library's own and need no escaping. */
export interface Point {
  readonly measurement: string;
  /** Tags besides those of every point. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly integers?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  /** ms since 1970 */
  readonly atMs: number;
}
