import { onOff, onOffView } from '../kinds/on-off.ts';
import { wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** Whether requests are recorded, and for whom. */
export interface SwitchOptions {
  /**
   * Whether requests are recorded. When switched off, no other setting is looked at, so it is always a way out.
   * Where it is not set and there is no destination, the log says once that nothing is recorded.
   *
   * `'view'` shows them in the live view: the first process of this machine that asks for it serves it, from a thread
   * of its own, on `viewPort`, and prints its address; the others write to it. No other destination is needed; where
   * one is set, requests go there as without the view, which gets a copy.
   *
   * Environment: `RAW_REQUESTS`, `on`, `off` (also `true`, `false`, `1`, `0`) or `view`.
   * @default on if `url` or `prometheus` is set, else off
   */
  enabled?: boolean | 'view' | undefined;

  /**
   * Port of the live view on 127.0.0.1, 1 to 65535. Not used unless `enabled` is `'view'`. While another program has
   * it, requests that have no other destination wait, up to `maxQueueBytes`.
   *
   * Environment: `RAW_REQUESTS_VIEW_PORT`.
   * @default 8187
   */
  viewPort?: number | undefined;

  /**
   * Whether requests are observed also where no `url` is set, for `raw-requests/prometheus` alone. With a `url` it makes
   * no difference.
   *
   * Environment: `RAW_REQUESTS_PROMETHEUS`, `on` or `off`.
   * @default false
   */
  prometheus?: boolean | undefined;
}

export const switchSettings: SettingsOf<SwitchOptions, 'enabled'> = {
  enabled: { env: ['RAW_REQUESTS'], kind: onOffView, default: undefined },
  viewPort: { env: ['RAW_REQUESTS_VIEW_PORT'], kind: wholeNumber(1, 65_535), default: 8187 },
  prometheus: { env: ['RAW_REQUESTS_PROMETHEUS'], kind: onOff, default: false },
};
