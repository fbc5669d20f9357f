import { onOff, onOffView } from '../kinds/on-off.ts';
import { longToken } from '../kinds/text.ts';
import { wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** Whether requests are recorded, and whether the live view or Prometheus gets them. */
export interface SwitchOptions {
  /**
   * Whether requests are recorded. If it is off, other settings are not read, so wrong ones cause no error. If it is
   * not set and there is no destination, the log says once that nothing is recorded.
   *
   * `'view'` shows requests in the live view. The first process on this machine that asks for it serves the view on
   * `viewPort`, from a thread of its own, and prints its address. Other processes send to it. No other destination is
   * needed. If one is set, requests are delivered there as usual, and the view gets a copy.
   *
   * Environment: `RAW_REQUESTS`, `on`, `off` (also `true`, `false`, `1`, `0`) or `view`.
   * @default on if `url` or `prometheus` is set, else off
   */
  enabled?: boolean | 'view' | undefined;

  /**
   * Port of the live view on 127.0.0.1, 1 to 65535. Only used if `enabled` is `'view'`. While another program uses the
   * port, requests without another destination wait, up to `maxQueueBytes`.
   *
   * Environment: `RAW_REQUESTS_VIEW_PORT`.
   * @default 8187
   */
  viewPort?: number | undefined;

  /**
   * Secret of the live view, 16 to 512 ASCII characters without blanks: a view that this process serves asks for it, and
   * one that it writes to is shown it.
   *
   * Environment: `RAW_REQUESTS_VIEW_TOKEN`, which `npx raw-requests view` reads as well.
   * @default undefined: any program of this machine may use the view
   */
  viewToken?: string | undefined;

  /**
   * Whether requests are also observed if no `url` is set, only for `raw-requests/prometheus`. With a `url` it has no
   * effect.
   *
   * Environment: `RAW_REQUESTS_PROMETHEUS`, `on` or `off`.
   * @default false
   */
  prometheus?: boolean | undefined;

  /**
   * Whether `raw-requests/register` also counts the requests in the data of all connections, independently of Node's
   * parser. Differences from the observed requests are logged: for each connection when it closes, and in total at the
   * end. Without a difference, the total is logged at level `info`.
   *
   * Environment: `RAW_REQUESTS_CHECK`, `on` or `off`.
   * @default false
   */
  check?: boolean | undefined;
}

export const switchSettings: SettingsOf<SwitchOptions, 'enabled' | 'viewToken'> = {
  enabled: { env: ['RAW_REQUESTS'], kind: onOffView, default: undefined },
  viewPort: { env: ['RAW_REQUESTS_VIEW_PORT'], kind: wholeNumber(1, 65_535), default: 8187 },
  viewToken: { env: ['RAW_REQUESTS_VIEW_TOKEN'], kind: longToken, default: undefined },
  prometheus: { env: ['RAW_REQUESTS_PROMETHEUS'], kind: onOff, default: false },
  check: { env: ['RAW_REQUESTS_CHECK'], kind: onOff, default: false },
};
