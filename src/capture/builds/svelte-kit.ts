import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Build, Match } from './build.ts';
import { loadedModule } from './modules.ts';

/** SvelteKit's manifest: its routes in the order in which they are tried. */
interface Manifest extends Partial<Inner> {
  /** SvelteKit 2. */
  readonly _?: Inner;
  /** `app_path` is `app_dir` after the base path. */
  readonly appDir?: string;
  readonly appPath?: string;
  readonly app_dir?: string;
  readonly app_path?: string;
}

interface Inner {
  readonly routes: readonly Route[];
  matchers(): Promise<Matchers>;
}

interface Route {
  readonly id: string;
  readonly pattern: RegExp;
  readonly params: readonly {
    readonly matcher?: string;
    readonly optional?: boolean;
    readonly chained?: boolean;
  }[];
}

/** In SvelteKit 2 a function that returns whether a value matches, in SvelteKit 3 a standard schema. */
type Matcher =
  | ((value: string) => unknown)
  | { readonly '~standard': { validate(value: string): { readonly issues?: unknown } } };

type Matchers = Readonly<Record<string, Matcher | undefined>>;

const CHUNK = /\.\/server\/chunks\/manifest[\w.-]*\.js/;
/** What the page's own requests for data add to its path. */
const DATA = /(?:\/|\.html)__(?:data\.json|route\.js)$/;

/** SvelteKit 2 and 3 with adapter-node: `build/index.js`, or a server that imports `build/handler.js`. */
export const svelteKit: Build = {
  find({ folder, cwd }) {
    const isBuild = (at: string) => existsSync(join(at, 'handler.js'));
    const at = [folder, join(folder, 'build'), join(cwd, 'build')].find(isBuild);
    return at && manifestOf(at);
  },
  async load(file) {
    const exported = Object.values((await loadedModule(file)) as Record<string, Manifest>);
    const manifest = exported.find((value) => Array.isArray((value?._ ?? value)?.routes));
    return manifest && matchIn(manifest);
  },
};

/** In SvelteKit 2 the manifest is a chunk, which `handler.js` imports. */
function manifestOf(build: string): string {
  const file = join(build, 'server', 'manifest.js');
  if (existsSync(file)) return file;
  const chunk = CHUNK.exec(readFileSync(join(build, 'handler.js'), 'utf8'))?.[0];
  return chunk === undefined ? file : join(build, chunk);
}

async function matchIn(manifest: Manifest): Promise<Match> {
  const { routes = [], matchers } = (manifest._ ?? manifest) as Partial<Inner>;
  const base = baseOf(manifest);
  const known: Matchers = routes.some(({ params }) => params.some(({ matcher }) => matcher))
    ? ((await matchers?.()) ?? {})
    : {};
  const isMatch = ({ pattern, params }: Route, path: string): boolean => {
    const values = pattern.exec(path)?.slice(1);
    if (values === undefined) return false;
    return params.every(({ matcher, optional, chained }, i) => {
      const value = values[i];
      // Where the value of an optional parameter does not match, it is that of a later one.
      if (matcher === undefined || value === undefined || (optional && chained)) return true;
      return accepts(known[matcher], decodeURIComponent(value));
    });
  };
  return (target) => {
    if (!target.startsWith(base)) return undefined;
    const path = decode(target.slice(base.length).replace(DATA, '')) || '/';
    const id = routes.find((route) => isMatch(route, path))?.id;
    return id === undefined ? undefined : id === '/' ? base || '/' : base + id;
  };
}

function accepts(matcher: Matcher | undefined, value: string): boolean {
  if (typeof matcher === 'function') return Boolean(matcher(value));
  return matcher?.['~standard'].validate(value).issues === undefined;
}

function baseOf({ appDir, appPath, app_dir = appDir, app_path = appPath }: Manifest): string {
  if (app_dir === undefined || app_path === undefined || !app_path.endsWith(`/${app_dir}`)) return '';
  const base = app_path.slice(0, -app_dir.length - 1);
  return base.startsWith('/') ? base : `/${base}`;
}

/** As SvelteKit does, which keeps an encoded percent sign. */
function decode(path: string): string {
  return path.split('%25').map(decodeURI).join('%25');
}
