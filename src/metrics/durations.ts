import type { Batch } from '../record/batch.ts';
import { OTHER, type SeriesTags, UNMATCHED } from '../record/series.ts';

/** Upper bounds of the buckets, s: those of OpenTelemetry's `http.server.request.duration`. */
export const BOUNDS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
const BOUNDS_MS = Float64Array.from(BOUNDS, (bound) => bound * 1e3);

/** The most label sets. Requests with further label sets keep status and error, and get route `(other)` and method `_OTHER`. */
const MAX_LABEL_SETS = 10_000;

/** Attributes of OpenTelemetry's conventions for HTTP servers, as Prometheus spells them. */
export interface DurationLabels {
  readonly http_request_method: string;
  readonly http_response_status_code?: string;
  readonly http_route?: string;
  readonly error_type?: string;
}

/** The histogram of the requests that have the same labels. */
export class DurationHistogram {
  readonly labels: DurationLabels;
  /** Counts per bucket, not cumulative. The last bucket holds values above all bounds. */
  readonly buckets: Float64Array = new Float64Array(BOUNDS.length + 1);
  sumMs = 0;

  constructor(labels: DurationLabels) {
    this.labels = labels;
  }
}

/**
 * Histograms of the durations of requests, computed from the rows of batches, once per batch and per scrape. A row costs
 * some nanoseconds then (`npm run bench -- --only durations`); the request itself is not slowed.
 */
export class RequestDurations {
  #histograms = new Map<string, DurationHistogram>();
  #byTags = new WeakMap<SeriesTags, DurationHistogram>();

  /** Adds the rows that were written to the batch since it was last added. */
  add(batch: Batch): void {
    const { rows } = batch;
    if (batch.counted === rows) return;
    const { duration, series } = batch.columns;
    const histograms = batch.series.map((tags) => this.#histogramOf(tags));
    for (let row = batch.counted; row < rows; row++) {
      const ms = duration[row]!;
      const histogram = histograms[series[row]!]!;
      let bucket = 0; // a linear search: most requests are fast, so their bucket is among the first
      while (bucket < BOUNDS_MS.length && ms > BOUNDS_MS[bucket]!) bucket++;
      histogram.buckets[bucket]!++;
      histogram.sumMs += ms;
    }
    batch.counted = rows;
  }

  histograms(): Iterable<DurationHistogram> {
    return this.#histograms.values();
  }

  clear(): void {
    this.#histograms = new Map();
    this.#byTags = new WeakMap();
  }

  #histogramOf(tags: SeriesTags): DurationHistogram {
    let histogram = this.#byTags.get(tags);
    if (histogram === undefined) {
      histogram = this.#find(durationLabels(tags));
      this.#byTags.set(tags, histogram);
    }
    return histogram;
  }

  #find(labels: DurationLabels): DurationHistogram {
    const key = keyOf(labels);
    const known = this.#histograms.get(key);
    if (known !== undefined) return known;
    if (this.#histograms.size >= MAX_LABEL_SETS && labels.http_route !== OTHER) {
      return this.#find({ ...labels, http_request_method: '_OTHER', http_route: OTHER });
    }
    const histogram = new DurationHistogram(labels);
    this.#histograms.set(key, histogram);
    return histogram;
  }
}

/**
 * The labels of https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration. Labels
 * that do not apply are left out. A request whose connection was lost before a response head was sent has no status.
 * Every request whose connection was lost has an `error_type`: its client did not get the whole response.
 */
export function durationLabels([method, route, status, outcome]: SeriesTags): DurationLabels {
  const error =
    status >= 500
      ? String(status)
      : outcome === 'aborted' || outcome === 'unfinished' || (outcome === 'rejected' && status === 0)
        ? outcome
        : undefined;
  return {
    http_request_method: method,
    ...(status > 0 && { http_response_status_code: String(status) }),
    ...(route !== UNMATCHED && { http_route: route }),
    ...(error !== undefined && { error_type: error }),
  };
}

function keyOf(labels: DurationLabels): string {
  const { http_request_method, http_response_status_code = '', http_route, error_type = '' } = labels;
  return `${http_request_method} ${http_response_status_code} ${error_type} ${http_route ?? UNMATCHED}`;
}
