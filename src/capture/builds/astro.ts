import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Build, Match } from './build.ts';

/** The parts of Astro's manifest that are used here. Its routes are in the order in which they are tried. */
interface Manifest {
  readonly base?: string;
  readonly routes: readonly { readonly routeData: { readonly route: string; readonly pattern: string } }[];
}

const ENTRY = 'entry.mjs';
const START = 'deserializeManifest(';
const IMPORTED = /from ?['"](\.\/[\w/.@-]+\.mjs)['"]/g;
/** A larger file is not read. */
const MAX_FILES = 20;

/** Astro with @astrojs/node: `dist/server/entry.mjs`, or a server that imports it. Its manifest is JSON within a chunk. */
export const astro: Build = {
  find({ program, folder, cwd }) {
    if (basename(program) === ENTRY) return program;
    return [join(folder, 'dist', 'server', ENTRY), join(cwd, 'dist', 'server', ENTRY)].find((file) =>
      existsSync(file),
    );
  },
  load(file) {
    const folder = join(file, '..');
    const entry = readFileSync(file, 'utf8');
    const chunks = Array.from(entry.matchAll(IMPORTED), ([, path]) => path!).slice(0, MAX_FILES);
    for (const text of [entry, ...chunks.map((chunk) => readFileSync(join(folder, chunk), 'utf8'))]) {
      const manifest = manifestIn(text);
      if (manifest !== undefined) return matchIn(manifest);
    }
    return undefined;
  },
};

function manifestIn(text: string): Manifest | undefined {
  for (let at = text.indexOf(START); at !== -1; at = text.indexOf(START, at + 1)) {
    const start = at + START.length;
    const end = text.indexOf('\n', start);
    const json = text.slice(start, end === -1 ? undefined : end).replace(/\);?\s*$/, '');
    if (json.startsWith('{')) return JSON.parse(json) as Manifest;
  }
  return undefined;
}

function matchIn({ base = '/', routes }: Manifest): Match {
  const prefix = base.replace(/\/$/, '');
  const patterns = routes.map(({ routeData: { route, pattern } }) => ({
    route,
    pattern: new RegExp(pattern),
  }));
  return (target) => {
    if (!target.startsWith(prefix)) return undefined;
    const path = decodeURI(target.slice(prefix.length)) || '/';
    const found = patterns.find(({ pattern }) => pattern.test(path))?.route;
    if (found === undefined || found === '/404' || found === '/500') return undefined;
    return found === '/' ? prefix || '/' : prefix + found;
  };
}
