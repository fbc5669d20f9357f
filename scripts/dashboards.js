// Writes dashboards/*.json from their source, src/dashboards.
import { writeFileSync } from 'node:fs';
import { dashboards } from '../dist/dashboards/index.js';

for (const [uid, dashboard] of Object.entries(dashboards)) {
  const file = new URL(`../dashboards/${uid}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(dashboard, null, 2)}\n`);
}
