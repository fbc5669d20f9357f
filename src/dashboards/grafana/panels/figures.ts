import type { Draft, Json } from '../model.ts';
import { type About, panel, type Query } from './panel.ts';

const reduce = (calc: string, fields = '') => ({ calcs: [calc], fields, values: false });

/** The last value of each series. */
export function stat(about: About, options: Json = {}): Draft {
  return panel(
    'stat',
    { noValue: '0', ...about },
    {
      color: { mode: 'thresholds' },
      options: {
        reduceOptions: reduce('lastNotNull'),
        orientation: 'auto',
        textMode: 'auto',
        colorMode: 'value',
        graphMode: 'none',
        justifyMode: 'auto',
        ...options,
      },
    },
  );
}

/** A figure of the time range, and below it the same of the period before. */
export function compared(about: Omit<About, 'queries'>, of: (before: boolean) => string): Draft {
  const queries: Query[] = [
    ['now', of(false)],
    ['before', of(true)],
  ];
  return stat({ ...about, queries }, { textMode: 'value_and_name', orientation: 'horizontal' });
}

/** A gauge of the last interval's value. Its full scale is `max`, or else the highest visible interval. */
export function gauge(about: About): Draft {
  return panel(
    'gauge',
    { min: 0, ...about },
    {
      color: { mode: 'thresholds' },
      options: {
        reduceOptions: reduce('lastNotNull'),
        orientation: 'auto',
        showThresholdLabels: false,
        showThresholdMarkers: about.thresholds !== undefined,
      },
    },
  );
}

/** A bar for the value of each series. */
export function barGauge(about: About): Draft {
  return panel(
    'bargauge',
    { min: 0, ...about },
    {
      color: { mode: 'palette-classic' },
      options: {
        reduceOptions: reduce('lastNotNull'),
        orientation: 'horizontal',
        displayMode: 'basic',
        showUnfilled: true,
      },
    },
  );
}
