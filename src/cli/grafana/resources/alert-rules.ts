import { type AlertRule, alertRules } from '../../../dashboards/grafana/alerts.ts';
import { dashboards } from '../../../dashboards/index.ts';
import { printable } from '../../../safety/printable.ts';
import { CliError } from '../../cli-error.ts';
import type { Client } from '../api/client.ts';
import { isGone, type Right, refused } from '../api/refused.ts';
import type { Change } from './change.ts';
import { DATA_SOURCE_UID } from './data-source.ts';
import { type Folder, NO_FOLDER } from './folder.ts';

/** The alert rules, and the group that Grafana evaluates together. */
export const RULES: readonly AlertRule[] = alertRules(dashboards, DATA_SOURCE_UID);
export const RULE_GROUP = 'raw-requests';

const PATH = '/api/v1/provisioning';
const RIGHT: Right = {
  role: 'Editor',
  permissions: 'alert.provisioning:read and alert.provisioning:write',
};

/** Refuses what Grafana has no place for. */
export function checkAlertFolder(title: string | undefined): void {
  if (title === NO_FOLDER)
    throw new CliError(
      `Expected --folder to name a folder with --alerts, got ${NO_FOLDER}: Grafana has no alert rules outside of folders`,
      2,
    );
}

/** Checks that this Grafana has alert rules that can be installed, before anything is changed. */
export async function checkAlerting(client: Client, grafana: string): Promise<void> {
  // Early versions of Grafana 9 have no list of rules, and later ones may have no policies.
  for (const list of ['alert-rules', 'policies']) if (!isGone(await client.get(`${PATH}/${list}`))) return;
  throw new CliError(
    `${grafana} has no alert rules of the kind that --alerts installs: there is no ${PATH}.\n` +
      'Grafana 9 and later has them, unless its setting unified_alerting is off. Nothing was changed; the same without --alerts installs the rest.',
  );
}

/** Creates the alert rules that are missing. Others are kept: limits are to be changed in Grafana. */
export async function saveAlertRule(
  client: Client,
  rule: AlertRule,
  folder: Folder,
  dryRun: boolean,
): Promise<Change> {
  const change = (what: Change['what'], note?: string): Change => ({
    kind: 'alert rule',
    title: rule.title,
    what,
    ...(note === undefined ? {} : { note }),
  });
  const current = await client.get(`${PATH}/alert-rules/${rule.uid}`);
  if (current.status === 200) {
    if (current.json?.provenance === 'file')
      return change('provisioned', 'by a file of Grafana, which takes precedence');
    return isSame(rule, current.json)
      ? change('unchanged')
      : change('unchanged', 'it is another one than that of this package, and is kept');
  }
  if (!isGone(current)) throw refused(client, current, 'read alert rules', RIGHT);
  if (dryRun) return change('created');
  const saved = await client.send(
    'POST',
    `${PATH}/alert-rules`,
    { ...rule, folderUID: folder.uid, ruleGroup: RULE_GROUP },
    // Else Grafana lets nobody change it.
    { 'x-disable-provenance': 'true' },
  );
  if (saved.status !== 201 && saved.status !== 200)
    throw refused(client, saved, `create the alert rule "${printable(rule.title)}"`, RIGHT);
  return change('created');
}

/** Whether it asks and compares the same. Grafana adds settings of its own to each query. */
function isSame({ data }: AlertRule, current: Record<string, unknown> | undefined): boolean {
  const models = (Array.isArray(current?.data) ? current.data : []).map((step) => Object(Object(step).model));
  return data.every(({ model }, i) =>
    ['query', 'expression'].every((name) => models[i]?.[name] === model[name]),
  );
}
