import { compare } from './grafana/compare/dashboard.ts';
import { delivery } from './grafana/delivery.ts';
import type { Dashboard } from './grafana/model.ts';
import { overview } from './grafana/overview/dashboard.ts';
import { processInfo } from './grafana/process-info.ts';
import { requestMetrics } from './grafana/request-metrics/dashboard.ts';

/** Grafana dashboards by uid, as classic JSON for Grafana 7.5 to 13. */
export const dashboards: Readonly<Record<string, Dashboard>> = Object.fromEntries(
  [overview, requestMetrics, processInfo, delivery, compare].map((dashboard) => [dashboard.uid, dashboard]),
);

export type { Dashboard, GridPos, Panel, Target, Variable } from './grafana/model.ts';
