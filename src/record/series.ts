/** Method, route, status and outcome: the tags that differ between the points of one process. */
export type SeriesTags = readonly [
  method: string,
  route: string,
  status: number,
  outcome: Outcome,
  extra?: Readonly<Record<string, string>>,
];

/** Tags of a request from the option `requestTags`, interned. Id 0 means none. */
export interface TagSet {
  readonly id: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** How a request ended. Only `finished` means that the client got the whole response, as far as TCP can tell. */
export type Outcome = 'finished' | 'aborted' | 'upgraded' | 'rejected' | 'unfinished';

/** The route of a request for which neither a framework nor the `route` option gave one. */
export const UNMATCHED = '(unmatched)';

/** The route of all requests whose own route exceeds the option `maxRoutes`. */
export const OTHER = '(other)';
