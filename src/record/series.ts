/** Method, route, status and outcome: the tags that differ between the points of one process. */
export type SeriesTags = readonly [
  method: string,
  route: string,
  status: number,
  outcome: Outcome,
  extra?: Readonly<Record<string, string>>,
];

/** Tags that the application gives single requests, interned. Id 0 is none. */
export interface TagSet {
  readonly id: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** How a request ended. `finished` alone means that the client got all of the response, as far as TCP can tell. */
export type Outcome = 'finished' | 'aborted' | 'upgraded' | 'rejected' | 'unfinished';

/** The route of a request that no framework and no `route` option named. */
export const UNMATCHED = '(unmatched)';

/** The route of all requests whose own would be one too many. */
export const OTHER = '(other)';
