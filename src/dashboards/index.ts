import { delivery } from './delivery.ts';
import type { Dashboard } from './model.ts';
import { processInfo } from './process-info.ts';
import { rawRequests } from './raw-requests.ts';
import { requestMetrics } from './request-metrics.ts';

/** Grafana dashboards by uid, as classic JSON that Grafana 7.5 to 13 takes. */
export const dashboards: Readonly<Record<string, Dashboard>> = Object.fromEntries(
  [rawRequests, requestMetrics, processInfo, delivery].map((dashboard) => [dashboard.uid, dashboard]),
);

export type { Dashboard, GridPos, Panel, Target, Variable } from './model.ts';
