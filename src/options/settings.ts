import { databaseSettings } from './groups/database.ts';
import { deliverySettings } from './groups/delivery.ts';
import { logSettings } from './groups/log.ts';
import { metricSettings } from './groups/metrics.ts';
import { requestSettings } from './groups/requests.ts';
import { spoolSettings } from './groups/spool.ts';
import { switchSettings } from './groups/switches.ts';
import { tagSettings } from './groups/tags.ts';
import type { ValuesOf } from './setting.ts';

/** Every setting, in the order in which problems are reported. */
export const settings: typeof switchSettings &
  typeof databaseSettings &
  typeof tagSettings &
  typeof deliverySettings &
  typeof spoolSettings &
  typeof requestSettings &
  typeof metricSettings &
  typeof logSettings = {
  ...switchSettings,
  ...databaseSettings,
  ...tagSettings,
  ...deliverySettings,
  ...spoolSettings,
  ...requestSettings,
  ...metricSettings,
  ...logSettings,
};

export type Settings = typeof settings;
export type SettingName = keyof Settings;
export type Values = ValuesOf<Settings>;
