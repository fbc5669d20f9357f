import { printable } from '../../safety/printable.ts';
import { languageNeed } from '../doctor/checks/dashboards.ts';
import { out } from '../output.ts';
import { paint } from '../paint.ts';
import { Client } from './api/client.ts';
import { askHealth } from './api/health.ts';
import { type LoginOptions, readLogin } from './api/login.ts';
import { connect, namespaceOf } from './connect.ts';
import { checkAlertFolder, checkAlerting, RULES, saveAlertRule } from './resources/alert-rules.ts';
import type { Change } from './resources/change.ts';
import { readDashboards, withDataSource } from './resources/dashboards.ts';
import { saveDataSource } from './resources/data-source.ts';
import { type DatabaseOptions, findDatabase } from './resources/database.ts';
import { FOLDER_TITLE, NO_FOLDER, saveFolder } from './resources/folder.ts';
import { checkNames } from './resources/names.ts';
import { saveDashboard } from './resources/save-dashboard.ts';

/** Options of `raw-requests grafana install`. */
export interface InstallOptions extends LoginOptions, DatabaseOptions {
  folder?: string;
  datasource?: string;
  dashboards?: string;
  alerts?: boolean;
  dryRun?: boolean;
}

/** The longest wait for an answer of Grafana or of the database; shorter if the option `timeoutMs` is. */
const TIMEOUT_MS = 15_000;
const NOT_REACHED = 3;

/**
 * Puts the data source, the folder and the dashboards into Grafana, or makes them what they should be; and alert rules, if asked for.
 * Returns the exit code: 0, or 3 when everything is installed but Grafana does not reach the database.
 */
export async function install(
  options: InstallOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  const say = (text: string) => out.say(text);
  const { dryRun = false, alerts = false } = options;
  const login = readLogin(options, env);
  const dashboards = readDashboards(options.dashboards);
  const title = options.folder || FOLDER_TITLE;
  checkNames(dashboards, title === NO_FOLDER ? undefined : title);
  if (alerts) checkAlertFolder(title);
  const { database, timeoutMs, retentionPolicy } = await findDatabase(options, env, signal);
  const client = new Client(login, Math.min(TIMEOUT_MS, timeoutMs), signal);

  const grafana = await connect(client);
  const { org } = grafana;
  say(`${grafana.name} at ${login.url}${org === undefined ? '' : `, organization ${printable(org.name)}`}`);
  const show = ({ what, kind, title, note }: Change) => {
    const verb = dryRun && what !== 'unchanged' && what !== 'provisioned' ? `would be ${what}` : what;
    const line = `  ${verb.padEnd(dryRun ? 16 : 11)}  ${kind.padEnd(11)}  ${printable(title)}${note === undefined ? '' : ` (${note})`}`;
    say(what === 'unchanged' ? paint.dim(line) : line);
  };
  const namespace = () => namespaceOf(client, grafana);
  if (alerts) await checkAlerting(client, grafana.name);

  const dataSource = await saveDataSource(client, database, options.datasource || undefined, dryRun);
  show(dataSource);
  const { folder, change } = await saveFolder(client, options.folder || undefined, namespace, dryRun);
  if (change !== undefined) show(change);
  for (const dashboard of dashboards) {
    const wanted = withDataSource(dashboard, dataSource.title);
    show(await saveDashboard(client, wanted, { folder, namespace, dryRun }));
  }
  if (alerts && folder !== undefined)
    for (const rule of RULES) show(await saveAlertRule(client, rule, folder, dryRun));
  const need = languageNeed(database.generation)!;
  say(`${need[0]!.toUpperCase()}${need.slice(1)}.`);
  if (dryRun) {
    say('Nothing was changed (--dry-run).');
    return 0;
  }

  const health = await askHealth(client);
  const text = `${health.text[0]!.toUpperCase()}${health.text.slice(1)}`;
  say(health.state === 'broken' ? paint.bad(text) : health.state === 'fine' ? paint.good(text) : text);
  if (health.state === 'broken') {
    say(
      `It uses ${database.url}. If Grafana reaches the database at another address, as in containers, set --influx-url URL`,
    );
  }
  if (retentionPolicy !== undefined && database.generation === 1) {
    say(
      `The dashboards show the default retention policy: make sure that it is "${retentionPolicy}", which the app writes to.`,
    );
  }
  say(
    `Open ${paint.bold(`${login.url}/d/${dashboards[0]!.uid}?${org === undefined ? '' : `orgId=${org.id}&`}refresh=5s`)}`,
  );
  return health.state === 'broken' ? NOT_REACHED : 0;
}
