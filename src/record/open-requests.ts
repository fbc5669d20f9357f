/** A request that is still open. Only the live view gets it; it is neither counted nor written to a database. */
export interface OpenEntry {
  readonly method: string;
  /** The route, if it is known already. */
  readonly route?: string;
  /** The path without query, if the route is not known yet, and the option `path` is on. */
  readonly path?: string;
  readonly slot: number;
  /** Wall time, ms since 1970. */
  readonly startMs: number;
  /** Whether the response head was sent. */
  readonly answering: boolean;
}

/** The requests of a process that have been open for a while. */
export interface OpenRequests {
  /** Wall time, ms since 1970. */
  readonly atMs: number;
  /** The number of these requests. */
  readonly total: number;
  /** The oldest of them, oldest first: at most {@link MAX_OPEN}. */
  readonly requests: readonly OpenEntry[];
}

/** The path at which the live view takes open requests. A view that forwards lines does not forward these. */
export const OPEN_REQUESTS_PATH = '/open-requests';

/** The most open requests that are shown. */
export const MAX_OPEN = 1000;
