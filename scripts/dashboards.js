// Writes dashboards/*.json and examples/alerts/grafana.yaml from their source, src/dashboards.
import { writeFileSync } from 'node:fs';
import { alertsFile } from '../dist/cli/grafana/provisioning.js';
import { RULES } from '../dist/cli/grafana/resources/alert-rules.js';
import { dashboards } from '../dist/dashboards/index.js';

for (const [uid, dashboard] of Object.entries(dashboards)) {
  const file = new URL(`../dashboards/${uid}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(dashboard, null, 2)}\n`);
}
writeFileSync(new URL('../examples/alerts/grafana.yaml', import.meta.url), alertsFile(RULES));
