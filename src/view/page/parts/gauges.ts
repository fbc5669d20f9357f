import type { Model } from '../data/model.ts';
import { ceilNice } from '../data/scale.ts';
import type { Summary } from '../data/summary.ts';
import { byId, setText } from '../dom.ts';
import { Gauge } from '../drawing/gauge.ts';
import { shortSeconds } from '../drawing/surface.ts';
import { formatAge, formatRate, formatSeconds } from '../format.ts';

/** The two gauges: throughput, and mean response time with the 95th percentile as a mark. */
export class Gauges {
  readonly #model: Model;
  readonly #rate = new Gauge('rate-gauge', 'rate');
  readonly #time = new Gauge('time-gauge', 'time');

  constructor(model: Model) {
    this.#model = model;
  }

  /**
   * @param recent mean requests/s of the last complete intervals, and their length
   * @param greatestRate the greatest rate of all intervals in view
   */
  show(summary: Summary, recent: { rate: number; ms: number }, greatestRate: number): void {
    const { total } = summary;
    const { span } = this.#model.drawn;
    const { following } = this.#model.view;
    const rate = following ? recent.rate : (total.count * 1000) / (span.to - span.from);
    const maxRate = ceilNice(Math.max(1, greatestRate));
    const what = following ? `last ${formatAge(recent.ms)}` : 'mean in view';
    this.#rate.show(
      rate,
      Number.NaN,
      maxRate,
      formatRate,
      formatRate,
      `Throughput, ${what}: ${formatRate(rate)} requests/s; the scale ends at ${formatRate(maxRate)}`,
    );
    setText(byId('rate-note'), `requests/s, ${what}`);
    const maxTime = Number.isNaN(total.mean) ? 1 : ceilNice(Math.max(total.p95 * 1.25, total.mean));
    this.#time.show(
      total.mean,
      total.p95,
      maxTime,
      formatSeconds,
      shortSeconds,
      `Mean response time of the answered requests in view: ${formatSeconds(total.mean)}; 95th percentile ${formatSeconds(total.p95)}; the scale ends at ${formatSeconds(maxTime)}`,
    );
    setText(byId('p95-note'), `p95 ${formatSeconds(total.p95)}`);
  }
}
