import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import type { Build, Match } from './build.ts';
import { loadedModule } from './modules.ts';

/** The parts of a server build that are used here. */
interface ServerBuild {
  readonly basename?: string;
  readonly routes?: Readonly<Record<string, Route | undefined>>;
}

interface Route {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly path?: string | undefined;
  readonly index?: boolean | undefined;
  readonly caseSensitive?: boolean | undefined;
}

interface Tree extends Pick<Route, 'path' | 'index' | 'caseSensitive'> {
  readonly children?: readonly Tree[];
}

interface Package {
  matchRoutes(
    routes: readonly Tree[],
    path: string,
    base: string,
  ): readonly { readonly route: Tree }[] | null;
}

const PROGRAM = /@(?:react-router|remix-run)[/\\]serve[/\\]/;
/** What the page's own requests for data add to its path. */
const DATA = /(?:\/_(?:root)?)?\.data$/;

/** The framework mode of React Router, by `react-router-serve build/server/index.js`, and Remix 2 by `remix-serve`. */
export const reactRouter: Build = {
  find({ program }) {
    const file = process.argv[2];
    return PROGRAM.test(program) && file !== undefined && basename(file).includes('.')
      ? resolve(file)
      : undefined;
  },
  load(file) {
    const build = loadedModule(file);
    return build instanceof Promise
      ? build.then((loaded) => matchIn(file, loaded))
      : matchIn(file, build as ServerBuild);
  },
};

function matchIn(file: string, { routes = {}, basename: base = '/' }: ServerBuild): Match {
  const { matchRoutes } = createRequire(file)('react-router') as Package;
  const tree = childrenOf(routes, undefined);
  const prefix = base.replace(/\/$/, '');
  return (target) => {
    const path = target.replace(DATA, '') || '/';
    const matches = matchRoutes(tree, path, base);
    if (matches === null) return undefined;
    const parts = matches.map(({ route }) => route.path?.replace(/^\/|\/$/g, '') ?? '').filter(Boolean);
    return [prefix, ...parts].join('/') || '/';
  };
}

function childrenOf(routes: NonNullable<ServerBuild['routes']>, parent: string | undefined): Tree[] {
  return Object.values(routes)
    .filter((route) => route !== undefined && route.parentId === parent)
    .map((route) => {
      const { id, path, index, caseSensitive } = route!;
      const own = { ...(path !== undefined && { path }), ...(caseSensitive && { caseSensitive }) };
      return index ? { ...own, index } : { ...own, children: childrenOf(routes, id) };
    });
}
