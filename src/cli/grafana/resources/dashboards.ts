import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../package-root.ts';
import { printable } from '../../../safety/printable.ts';
import { CliError } from '../../cli-error.ts';
import { parseObject } from '../../doctor/checks/client.ts';
import { DATA_SOURCE_UID } from './data-source.ts';

/** A dashboard in Grafana's classic JSON, which all its versions accept. */
export interface Dashboard {
  uid: string;
  title: string;
  [key: string]: unknown;
}

/** The uid of the dashboard to open first. */
export const FIRST_UID = 'raw-requests-overview';

/** Reads all dashboards of a folder, by default those of this package. The one to open is first. */
export function readDashboards(folder: string | undefined): Dashboard[] {
  const from = folder ?? join(packageRoot(), 'dashboards');
  let files: string[];
  try {
    files = readdirSync(from).filter((name) => name.endsWith('.json'));
  } catch (error) {
    throw new CliError(`The dashboards cannot be read: ${(error as Error).message}`);
  }
  if (files.length === 0) throw new CliError(`There are no dashboards (*.json) in ${from}`);
  const dashboards = files.sort().map((name) => readDashboard(join(from, name)));
  return dashboards.sort((a, b) => Number(b.uid === FIRST_UID) - Number(a.uid === FIRST_UID));
}

function readDashboard(file: string): Dashboard {
  // `id` and `version` are only valid in the Grafana that the dashboard was saved in.
  const { id, version, ...dashboard } = parseObject(readFileSync(file, 'utf8')) ?? {};
  if (typeof dashboard.uid !== 'string' || typeof dashboard.title !== 'string') {
    throw new CliError(`${printable(file)} is no dashboard: it has no uid and title`);
  }
  return dashboard as Dashboard;
}

interface Variable {
  type?: string;
  query?: unknown;
}

/** The dashboard with this data source selected in its variables. Grafana 7 finds it by its name. */
export function withDataSource(dashboard: Dashboard, name: string): Dashboard {
  const { list = [] } = Object(dashboard.templating) as { list?: Variable[] };
  const chosen = list.map((variable) =>
    variable.type === 'datasource' && variable.query === 'influxdb'
      ? { ...variable, current: { selected: true, text: name, value: DATA_SOURCE_UID } }
      : variable,
  );
  return list.length === 0
    ? dashboard
    : { ...dashboard, templating: { ...Object(dashboard.templating), list: chosen } };
}
