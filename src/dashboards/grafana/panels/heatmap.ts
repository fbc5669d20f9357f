import type { Draft } from '../model.ts';
import { type About, panel } from './panel.ts';

/**
 * Counts by interval and bucket. Each series is a bucket, named by its lower bound. The settings outside of `options` are
 * for Grafana up to 8; newer versions ignore them.
 */
export function heatmap(about: About, rows: { unit: string; label: string }): Draft {
  return panel('heatmap', about, {
    custom: { scaleDistribution: { type: 'linear' } },
    options: {
      calculate: false,
      cellGap: 1,
      cellValues: { unit: about.unit },
      color: {
        mode: 'scheme',
        scheme: 'Spectral',
        exponent: 0.5,
        fill: 'dark-orange',
        scale: 'exponential',
        reverse: true,
        steps: 64,
      },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'ge' },
      tooltip: { show: true, yHistogram: false },
      yAxis: { axisPlacement: 'left', axisLabel: rows.label, reverse: false, unit: rows.unit, decimals: 2 },
    },
    more: {
      dataFormat: 'tsbuckets',
      yBucketBound: 'lower',
      reverseYBuckets: false,
      hideZeroBuckets: true,
      highlightCards: true,
      legend: { show: true },
      tooltip: { show: true, showHistogram: false },
      xAxis: { show: true },
      yAxis: { show: true, format: rows.unit, decimals: 2, logBase: 1 },
      cards: { cardPadding: 1 },
      color: {
        mode: 'spectrum',
        colorScheme: 'interpolateSpectral',
        exponent: 0.5,
        cardColor: '#b4ff00',
        colorScale: 'sqrt',
      },
    },
  });
}
