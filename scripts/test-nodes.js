// Tests the packed package on other versions of Node, which are installed as npm packages:
//   npm run test:nodes             the oldest and the newest supported version of each line
//   npm run test:nodes -- 23 26.0.0
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const VERSIONS = ['20.19.0', '20', '22.12.0', '22', '24', '26'];
const TESTS = ['package/package.', 'package/installed.'];

const root = fileURLToPath(new URL('../', import.meta.url));
const platform = process.platform === 'win32' ? 'win' : process.platform;
const name = `node-${platform}-${process.arch}`;
const windows = process.platform === 'win32';

const failed = [];
for (const version of process.argv.length > 2 ? process.argv.slice(2) : VERSIONS) {
  const folder = `${root}.build/nodes/${version}`;
  execFileSync(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`],
    {
      cwd: root,
      shell: windows,
      stdio: 'inherit',
    },
  );
  const node = `${folder}/node_modules/${name}/bin/node${windows ? '.exe' : ''}`;
  console.log(`\nNode ${execFileSync(node, ['--version'], { encoding: 'utf8' })}`);
  const { status } = spawnSync(node, ['scripts/test.js', ...TESTS], { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed.push(version);
}
if (failed.length > 0) {
  console.error(`\nFailed on Node ${failed.join(', ')}`);
  process.exitCode = 1;
}
