import { isMountAt, type Layer, mountedAt, type Pattern, patternsOf } from './express-patterns.ts';

/** A path through the routers to a route: the mounts, from the outermost, and the route's own layer. */
export interface Chain {
  readonly mounts: readonly (readonly Pattern[])[];
  readonly layer: Layer;
  /** Whether one of the mounts may hold another application than the one assumed. */
  readonly isGuess: boolean;
}

/** The chains to all routes of an application, in the order in which Express tries them. */
export interface RouteTree {
  readonly chains: Map<unknown, Chain[]>;
  /** The last layer of each stack; another last layer shows that layers were added. */
  readonly ends: Map<Stack, Layer | undefined>;
  readonly root: Stack;
  readonly rootEnd: Layer | undefined;
  isReplaced: boolean;
}

type Stack = readonly Layer[];

/** The position of a walk through the routers; `stacks` are those it is in. */
interface Position {
  readonly mounts: Chain['mounts'];
  readonly stacks: readonly Stack[];
  readonly isGuess: boolean;
}

/** The members of an Express application that are used here. */
interface App {
  readonly parent?: unknown;
  readonly mountpath?: unknown;
  /** Express 5; in Express 4 reading it throws. */
  readonly router?: { readonly stack?: unknown };
  /** Express 4. */
  readonly _router?: { readonly stack?: unknown };
}

/** The tree for a request without an application. */
export const emptyTree: RouteTree = {
  chains: new Map(),
  ends: new Map(),
  root: [],
  rootEnd: undefined,
  isReplaced: false,
};

const maxDepth = 32;
/** A router is walked once per place where it is mounted. These limits bound the walk of nested routers. */
const maxLayers = 50_000;
const maxChains = 64;

const trees = new WeakMap<App, RouteTree>();
/** Mounted applications. Express hides them in closures, so one is known only after a request has ended in it. */
const subApps = new WeakMap<App, Set<App>>();

/** A check that is cheap enough for every request. It misses additions to nested routers; those are found with the next unknown route. */
export function isCurrent(tree: RouteTree): boolean {
  return !tree.isReplaced && tree.root[tree.root.length - 1] === tree.rootEnd;
}

/**
 * The trees to search for a route: of a router that is not within an application, of the applications that listen to the
 * server, then of the outermost parent of `app`.
 */
export function treesAround(app: unknown, listeners: readonly unknown[], router?: App): RouteTree[] {
  const tops = new Set(listeners.filter(isApp));
  if (router !== undefined) tops.add(router);
  let top = app;
  let isNews = false;
  for (let depth = 0; isApp(top) && isApp(top.parent) && depth < maxDepth; depth += 1) {
    const known = subApps.get(top.parent) ?? new Set();
    isNews ||= !known.has(top);
    subApps.set(top.parent, known.add(top));
    top = top.parent;
  }
  if (isApp(top)) tops.add(top);
  return [...tops].map((one) => treeOf(one, isNews));
}

function treeOf(app: App, isNews: boolean): RouteTree {
  const known = trees.get(app);
  if (known && !isNews && known.root === stackOf(app) && isComplete(known)) return known;
  const tree = grow(app);
  if (known) retire(known);
  trees.set(app, tree);
  return tree;
}

function isComplete({ ends }: RouteTree): boolean {
  return [...ends].every(([stack, end]) => stack.at(-1) === end);
}

/** Clears an old tree, so that cached answers which refer to it do not keep all its chains in memory. */
function retire(tree: RouteTree): void {
  tree.isReplaced = true;
  tree.chains.clear();
  tree.ends.clear();
}

function grow(app: App): RouteTree {
  const root = stackOf(app) ?? [];
  const ends = new Map<Stack, Layer | undefined>();
  const chains = new Map<unknown, Chain[]>();
  let layersLeft = maxLayers;

  function walk(handler: unknown, owner: App, position: Position): void {
    const stack = stackOf(handler);
    if (!stack || position.stacks.includes(stack) || position.stacks.length > maxDepth) return;
    layersLeft -= stack.length;
    if (layersLeft < 0) return;
    ends.set(stack, stack.at(-1));
    const app = isApp(handler) ? handler : owner;
    const unplaced = new Set(app === handler ? subApps.get(app) : []);
    const here = { ...position, stacks: [...position.stacks, stack] };
    for (const layer of stack) {
      const { route } = layer;
      if (route) {
        const known = chains.get(route) ?? [];
        if (known.length < maxChains)
          known.push({ mounts: position.mounts, layer, isGuess: position.isGuess });
        chains.set(route, known);
        // A router that is the handler of a route gets the whole path; the route adds no prefix.
        for (const { handle } of route.stack ?? []) walk(handle, app, here);
        continue;
      }
      for (const { inside, isGuess } of handlersOf(layer, app)) {
        if (isApp(inside)) unplaced.delete(inside);
        const mounts = [...position.mounts, patternsOf(layer)];
        walk(inside, app, { ...here, mounts, isGuess: position.isGuess || isGuess });
      }
    }
    for (const sub of unplaced) {
      walk(sub, app, { ...here, mounts: [...position.mounts, mountedAt(sub.mountpath)] });
    }
  }

  walk(app, app, { mounts: [], stacks: [], isGuess: false });
  return { chains, ends, root, rootEnd: root.at(-1), isReplaced: false };
}

/** The router or application of a layer; if it is hidden in a closure, the candidates. */
function handlersOf(layer: Layer, owner: App): readonly { inside: unknown; isGuess: boolean }[] {
  const { handle } = layer;
  if (typeof handle !== 'function') return [];
  if (handle.name !== 'mounted_app') return stackOf(handle) ? [{ inside: handle, isGuess: false }] : [];
  const known = [...(subApps.get(owner) ?? [])];
  const mountedHere = known.filter(({ mountpath }) => isMountAt(patternsOf(layer), mountpath));
  // An application that is mounted twice knows only its last path, so it may be behind any layer without another match.
  const isGuess = mountedHere.length === 0;
  return (isGuess ? known : mountedHere).map((inside) => ({ inside, isGuess }));
}

/** The layers of a router or an application. */
export function stackOf(handler: unknown): Stack | undefined {
  try {
    const { stack } = handler as { stack?: unknown };
    const found = isApp(handler) ? (handler._router ?? handler.router)?.stack : stack;
    return Array.isArray(found) ? found : undefined;
  } catch {
    // Not a function, or an Express 4 application that has no router yet.
    return undefined;
  }
}

/** Express recognizes an application by these two members. */
function isApp(value: unknown): value is App {
  if (typeof value !== 'function') return false;
  const { handle, set } = value as { handle?: unknown; set?: unknown };
  return typeof handle === 'function' && typeof set === 'function';
}
