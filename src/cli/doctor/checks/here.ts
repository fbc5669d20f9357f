import { type Dirent, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { printable } from '../../../safety/printable.ts';
import { type Finding, fine, skipped, warning } from '../finding.ts';

/** The most folders that are read. A tree of packages can be huge, or contain cycles of links. */
const MAX_FOLDERS = 20_000;
const MAX_PATH_LENGTH = 500;

/** Checks that the runtime is Node.js, in a supported version. */
export function checkNode(versions: NodeJS.ProcessVersions = process.versions): Finding {
  const text = `${versions.node} on ${process.platform} ${process.arch}`;
  if (versions.bun ?? versions.deno) {
    return warning(
      'Node',
      `not Node.js, but a compatible runtime: ${text}`,
      'raw-requests is developed for Node.js.',
    );
  }
  if (requiresModules(versions.node)) return fine('Node', text);
  return {
    ...warning('Node', text, 'Use Node.js 20.19, 22.12 or newer: raw-requests needs it.'),
    level: 'broken',
  };
}

/** Whether `require()` loads ES modules in that version of Node without a flag. These are the `engines` of package.json. */
function requiresModules(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
}

/** Checks that the app in `folder` has the package, and only one copy of it. Each copy would read settings of its own. */
export function checkPackage(folder: string, ownVersion: string): Finding {
  const copies = findCopies(folder);
  const names = copies.map(
    ({ path, version }) => `${version} in ${printable(relative(folder, path) || '.', MAX_PATH_LENGTH)}`,
  );
  if (copies.length > 1) {
    return {
      ...warning(
        'Package',
        `raw-requests is installed ${copies.length} times`,
        'In a process, the settings of the first copy that is used apply. Keep one version:',
        'npm ls raw-requests; npm dedupe',
      ),
      details: names,
    };
  }
  const [only] = copies;
  if (only === undefined) {
    return skipped('Package', `not in the node_modules of this folder; this is ${ownVersion}`);
  }
  if (only.version !== ownVersion) {
    return warning(
      'Package',
      `${names}, but this is the doctor of ${ownVersion}`,
      'Run the version of the app:',
      `${relative(folder, join(dirname(only.path), '.bin', 'raw-requests'))} doctor`,
    );
  }
  return fine('Package', names.join());
}

interface Copy {
  path: string;
  version: string;
}

/** All copies of raw-requests that modules of the app in `folder` can load: its own, and those nested in packages. */
export function findCopies(folder: string): Copy[] {
  const copies = new Map<string, Copy>();
  let visited = 0;
  const note = (path: string): void => {
    try {
      const { version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      copies.set(realpathSync(path), { path, version: printable(String(version)) });
    } catch {}
  };
  const searchPackage = (path: string, name: string): void => {
    if (name === 'raw-requests') note(path);
    searchModules(join(path, 'node_modules'));
  };
  const searchModules = (modules: string): void => {
    for (const entry of list(modules)) {
      if (visited++ > MAX_FOLDERS) return;
      const path = join(modules, entry.name);
      // pnpm keeps all packages in the folder `.pnpm`, and links to them.
      if (entry.name === '.pnpm')
        for (const store of list(path)) searchModules(join(path, store.name, 'node_modules'));
      else if (entry.name.startsWith('@'))
        for (const scoped of list(path)) searchPackage(join(path, scoped.name), '');
      else if (entry.isDirectory()) searchPackage(path, entry.name);
      else if (entry.name === 'raw-requests') note(path);
    }
  };
  for (let at = folder; ; at = dirname(at)) {
    searchModules(join(at, 'node_modules'));
    // Folders above are used only if there is no copy nearer, as in Node.
    if (copies.size > 0 || dirname(at) === at) return [...copies.values()];
  }
}

function list(folder: string): Dirent[] {
  try {
    return existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  } catch {
    return [];
  }
}
