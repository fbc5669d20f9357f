import { COLORS } from '../colors.ts';
import type { Draft, Json } from '../model.ts';
import { type About, panel, type Query } from './panel.ts';

const LINE = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 10,
  gradientMode: 'none',
  showPoints: 'never',
  pointSize: 4,
  spanNulls: false,
  axisPlacement: 'auto',
  axisLabel: '',
  scaleDistribution: { type: 'linear' },
} as const;

export const LOG = { type: 'log', log: 10 } as const;

/**
 * Lines over time. The legend shows the last and the highest value: a mean over what is drawn would be one of percentiles, or
 * of intervals with more and with fewer requests.
 */
export function lines(about: About, custom: Json = {}): Draft {
  // Nothing is drawn on a logarithmic axis that begins at 0.
  const isLog = custom.scaleDistribution === LOG;
  const isSingle = about.queries.every(([name]) => name === about.queries[0]![0] && !name.includes('$'));
  return panel('timeseries', isLog ? about : { min: 0, ...about }, {
    ...(isSingle ? { color: { mode: 'fixed', fixedColor: COLORS.fine } } : {}),
    custom: { ...LINE, ...custom },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
      // Of Grafana 7.5, and of later versions.
      tooltipOptions: { mode: 'multi' },
      tooltip: { mode: 'multi' },
    },
  });
}

/** Intervals of a panel of counts: so few that one count is a bar that is seen. */
const MAX_BARS = 90;

/**
 * Counts by interval, as stacked steps: bars that are as wide as their interval. Grafana 7.5 cannot stack, and draws them in
 * front of each other.
 */
export function bars(about: About): Draft {
  const draft = lines(
    { decimals: 0, maxDataPoints: MAX_BARS, ...about },
    { lineInterpolation: 'stepAfter', fillOpacity: 70, stacking: { mode: 'normal', group: 'A' } },
  );
  const legend = { displayMode: 'list', placement: 'bottom', calcs: ['sum'] };
  return { ...draft, options: { ...draft.options, legend } };
}

/**
 * A dot per point. Only for one query, whose columns are drawn one over the other: Grafana joins several series by their time
 * in milliseconds, and keeps only the last point of a millisecond. A table is one series, and is drawn as it is.
 */
export function dots(about: About & { readonly queries: readonly [Query] }, scale: Json): Draft {
  return panel('timeseries', about, {
    color: { mode: 'fixed', fixedColor: COLORS.fine },
    custom: { ...LINE, drawStyle: 'points', pointSize: 3, fillOpacity: 0, scaleDistribution: scale },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltipOptions: { mode: 'single' },
      tooltip: { mode: 'single' },
    },
    table: true,
  });
}
