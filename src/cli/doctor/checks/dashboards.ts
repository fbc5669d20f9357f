import { type Finding, fine } from '../finding.ts';
import type { Server } from './server/server.ts';

const NEEDS: Readonly<Record<number, string>> = {
  1: 'InfluxDB 1.x answers it',
  2: 'InfluxDB 2.x answers it: from 2.4 on for each bucket, before for buckets with a DBRP mapping',
  3: 'InfluxDB 3.x answers it; Core for ranges of about three days',
};

/** What the dashboards need of an InfluxDB, as a sentence. Undefined for a generation that is not known. */
export function languageNeed(generation: number | undefined): string | undefined {
  const need = NEEDS[generation ?? 0];
  return need === undefined
    ? undefined
    : `the dashboards ask in InfluxQL, never in Flux or SQL; ${need}. A data source for Flux or SQL shows nothing`;
}

/** Says whether the dashboards can ask the server. Of servers that cannot be asked, the check of the API says so. */
export function checkDashboards({ kind, generation }: Server): Finding | undefined {
  const need = kind === 'influxdb' ? languageNeed(generation) : undefined;
  return need === undefined ? undefined : fine('Grafana', need);
}
