import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError } from '../cli-error.ts';
import { out } from '../output.ts';
import {
  ALERTS_FILE,
  alertsFile,
  DASHBOARDS_FOLDER,
  DATA_SOURCES_FILE,
  dataSourceFile,
  PROVIDERS_FILE,
  providerFile,
} from './provisioning.ts';
import { RULES } from './resources/alert-rules.ts';
import { type Dashboard, readDashboards, withDataSource } from './resources/dashboards.ts';
import { DATA_SOURCE_NAME, type Generation } from './resources/data-source.ts';
import { findDatabase } from './resources/database.ts';
import { FOLDER_TITLE, NO_FOLDER } from './resources/folder.ts';
import { checkNames } from './resources/names.ts';

/** Options of `raw-requests grafana export`. */
export interface ExportOptions {
  dir: string;
  /** The path of `dir` for Grafana. */
  root: string;
  influxVersion?: Generation;
  folder?: string;
  datasource?: string;
  dashboards?: string;
  alerts?: boolean;
}

/** Writes files for Grafana's provisioning. Returns the exit code. */
export async function exportFiles(
  options: ExportOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  const name = options.datasource || DATA_SOURCE_NAME;
  const dashboards = readDashboards(options.dashboards);
  const folder = options.folder || FOLDER_TITLE;
  checkNames(dashboards, folder === NO_FOLDER ? undefined : folder);
  const generation = options.influxVersion ?? (await findDatabase({}, env, signal)).database.generation;
  const files: [path: string, text: string][] = [
    [DATA_SOURCES_FILE, dataSourceFile(name, generation, env)],
    [PROVIDERS_FILE, providerFile(folder, options.root)],
    ...(options.alerts ? [[ALERTS_FILE, alertsFile(RULES)] as [string, string]] : []),
    ...dashboards.map((dashboard): [string, string] => [
      `${DASHBOARDS_FOLDER}/${fileName(dashboard)}`,
      `${JSON.stringify(withDataSource(dashboard, name), null, 2)}\n`,
    ]),
  ];
  for (const [path, text] of files) {
    const file = join(options.dir, path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    } catch (error) {
      throw new CliError(`${file} cannot be written: ${(error as Error).message}`);
    }
    out.say(file);
  }
  return 0;
}

function fileName({ uid }: Dashboard): string {
  return `${uid.replace(/[^\w.-]/g, '_')}.json`;
}
