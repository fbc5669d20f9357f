import { isMountAt, type Layer, mountedAt, type Pattern, patternsOf } from './express-patterns.ts';

/** One way to a route: the mounts on it, from the outside in, and the route's own layer. */
export interface Chain {
  readonly mounts: readonly (readonly Pattern[])[];
  readonly layer: Layer;
  /** Through a mount that may hide another application than the route's. */
  readonly isGuess: boolean;
}

/** All ways to all routes of an application, in the order in which Express tries them. */
export interface RouteTree {
  readonly chains: Map<unknown, Chain[]>;
  /** The last layer of each stack, to see what is added. */
  readonly ends: Map<Stack, Layer | undefined>;
  readonly root: Stack;
  readonly rootEnd: Layer | undefined;
  isReplaced: boolean;
}

type Stack = readonly Layer[];

/** How a walk came to where it is; `stacks` are those it is in. */
interface Way {
  readonly mounts: Chain['mounts'];
  readonly stacks: readonly Stack[];
  readonly isGuess: boolean;
}

/** The members of an Express application in use here. */
interface App {
  readonly parent?: unknown;
  readonly mountpath?: unknown;
  /** Express 5; in Express 4 reading it throws. */
  readonly router?: { readonly stack?: unknown };
  /** Express 4. */
  readonly _router?: { readonly stack?: unknown };
}

/** Of a request without an application. */
export const emptyTree: RouteTree = {
  chains: new Map(),
  ends: new Map(),
  root: [],
  rootEnd: undefined,
  isReplaced: false,
};

const maxDepth = 32;
/** A router is walked in each place where it is mounted; these bound what nesting makes of that. */
const maxLayers = 50_000;
const maxChains = 64;

const trees = new WeakMap<App, RouteTree>();
/** Express hides mounted applications in closures; they are known once a request has ended in them. */
const subApps = new WeakMap<App, Set<App>>();

/** Cheap enough for every request. Additions to nested routers are seen when the next unknown route comes. */
export function isCurrent(tree: RouteTree): boolean {
  return !tree.isReplaced && tree.root[tree.root.length - 1] === tree.rootEnd;
}

/** Where to look for a route: in the applications that listen to the server, then around `app`. */
export function treesAround(app: unknown, listeners: readonly unknown[]): RouteTree[] {
  const tops = new Set(listeners.filter(isApp));
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

/** What still refers to an old tree must not keep all of it, as applications may add routes for ever. */
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

  function walk(handler: unknown, owner: App, way: Way): void {
    const stack = stackOf(handler);
    if (!stack || way.stacks.includes(stack) || way.stacks.length > maxDepth) return;
    layersLeft -= stack.length;
    if (layersLeft < 0) return;
    ends.set(stack, stack.at(-1));
    const app = isApp(handler) ? handler : owner;
    const unplaced = new Set(app === handler ? subApps.get(app) : []);
    const here = { ...way, stacks: [...way.stacks, stack] };
    for (const layer of stack) {
      const { route } = layer;
      if (route) {
        const known = chains.get(route) ?? [];
        if (known.length < maxChains) known.push({ mounts: way.mounts, layer, isGuess: way.isGuess });
        chains.set(route, known);
        // A router that is a route's handler sees the whole path: the route itself adds nothing.
        for (const { handle } of route.stack ?? []) walk(handle, app, here);
        continue;
      }
      for (const { inside, isGuess } of handlersOf(layer, app)) {
        if (isApp(inside)) unplaced.delete(inside);
        const mounts = [...way.mounts, patternsOf(layer)];
        walk(inside, app, { ...here, mounts, isGuess: way.isGuess || isGuess });
      }
    }
    for (const sub of unplaced) {
      walk(sub, app, { ...here, mounts: [...way.mounts, mountedAt(sub.mountpath)] });
    }
  }

  walk(app, app, { mounts: [], stacks: [], isGuess: false });
  return { chains, ends, root, rootEnd: root.at(-1), isReplaced: false };
}

/** The router or application of a layer; when it is hidden, those that it can be. */
function handlersOf(layer: Layer, owner: App): readonly { inside: unknown; isGuess: boolean }[] {
  const { handle } = layer;
  if (typeof handle !== 'function') return [];
  if (handle.name !== 'mounted_app') return stackOf(handle) ? [{ inside: handle, isGuess: false }] : [];
  const known = [...(subApps.get(owner) ?? [])];
  const mountedHere = known.filter(({ mountpath }) => isMountAt(patternsOf(layer), mountpath));
  // An application mounted twice knows its last path only: it may be behind any layer that no other claims.
  const isGuess = mountedHere.length === 0;
  return (isGuess ? known : mountedHere).map((inside) => ({ inside, isGuess }));
}

function stackOf(handler: unknown): Stack | undefined {
  try {
    const { stack } = handler as { stack?: unknown };
    const found = isApp(handler) ? (handler._router ?? handler.router)?.stack : stack;
    return Array.isArray(found) ? found : undefined;
  } catch {
    // No function, or an Express 4 application that has no router yet.
    return undefined;
  }
}

/** Express itself knows an application by these two members. */
function isApp(value: unknown): value is App {
  if (typeof value !== 'function') return false;
  const { handle, set } = value as { handle?: unknown; set?: unknown };
  return typeof handle === 'function' && typeof set === 'function';
}
