/**
 * One colour for each meaning, in all panels. They are those of Okabe and Ito, which people with any kind of colour blindness
 * tell apart, a little lighter or darker where a dark or a light background needs it.
 */
export const COLORS = {
  /** Requests, and what is as it should be. */
  fine: '#3B8FD9',
  warning: '#E69F00',
  bad: '#D55E00',
  /** Percentiles, from the usual to the rare. */
  p50: '#6FC3EE',
  p95: '#3B8FD9',
  p99: '#8F7CC9',
  slowest: '#9A9A9A',
} as const;

/** The classes of statuses of requests that were answered, and the outcomes of those that were not. */
export const FATE_COLORS = {
  '2xx': '#3B8FD9',
  '3xx': '#6FC3EE',
  '4xx': '#E69F00',
  '5xx': '#D55E00',
  finished: '#3B8FD9',
  upgraded: '#009E73',
  aborted: '#CC79A7',
  rejected: '#8F7CC9',
  unfinished: '#9A9A9A',
} as const;
