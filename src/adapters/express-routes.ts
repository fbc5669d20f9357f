import {
  firstMatch,
  join,
  type Layer,
  type Pattern,
  patternsOf,
  type Route,
  textOf,
} from './express-patterns.ts';
import { type Chain, emptyTree, isCurrent, type RouteTree, treesAround } from './express-tree.ts';

/** The members of a request in use here. */
interface ExpressRequest {
  readonly route?: Route;
  readonly app?: object;
  readonly originalUrl?: unknown;
  readonly baseUrl?: unknown;
  readonly url?: unknown;
  readonly socket?: { readonly server?: { listeners?(event: string): readonly unknown[] } };
}

/** What is known of a route, seen from one application. */
interface Answer {
  readonly tree: RouteTree;
  readonly chains: readonly Chain[];
  /** Where the path of the request makes no difference. */
  template: string | undefined;
  /** Some mount's pattern is not known yet. */
  isLearning: boolean;
}

/** The most templates that a request may stand for, before only its route's own pattern is given. */
const maxJoined = 8;

/** By application first: several applications can share a router. */
const answers = new WeakMap<object, WeakMap<object, Answer>>();
const noApp = {};

/**
 * The full route template of a request that an Express router handled, e.g. `/tenants/:tenant/items/:item`;
 * undefined when no Express route matched. Never throws.
 *
 * To be called when the response is complete. The mounts are not read from the request, where Express has put
 * concrete values or has already removed them, but found by looking for `req.route` in the routers of the
 * application; nothing of Express is patched, and routers may be older than this module.
 *
 * - A mount keeps its pattern without custom groups (`/:id(\\d+)` is `/:id`), a route's own pattern is as written.
 * - Paths of an array that the request's path does not tell apart are joined: `/a|/b`.
 * - Only the route's own pattern is given when the mount is hidden in a function of the application, when a route of a
 *   mounted application failed (its `req.app` is the parent's then) before any route of that application has
 *   succeeded, and for RegExp mounts in Express 5.0 to 5.2. These versions also show mounts in
 *   lower case where routing ignores case.
 */
export function expressRoute(req: object): string | undefined {
  try {
    const { route, app = noApp } = req as ExpressRequest;
    if (route === undefined) return undefined;
    let answer = answers.get(app)?.get(route);
    if (!answer || !isCurrent(answer.tree)) {
      if (!isRoute(route)) return undefined;
      answer = find(req, route, app);
    }
    return answer.template ?? choose(answer, req, route);
  } catch {
    return undefined;
  }
}

/** `req.route` is everybody's to set, and what others put there can be a concrete path. */
function isRoute(value: unknown): value is Route {
  const { stack, dispatch } = value as { stack?: unknown; dispatch?: unknown };
  return typeof value === 'object' && Array.isArray(stack) && typeof dispatch === 'function';
}

function find(req: ExpressRequest, route: Route, app: object): Answer {
  const trees = treesAround(app, req.socket?.server?.listeners?.('request') ?? []);
  const tree = trees.find(({ chains }) => chains.has(route)) ?? trees.at(-1) ?? emptyTree;
  const chains = (tree.chains.get(route) ?? []).toSorted((a, b) => Number(a.isGuess) - Number(b.isGuess));
  const answer: Answer = { tree, chains, template: undefined, isLearning: true };
  settle(answer, route);
  const known = answers.get(app) ?? new WeakMap();
  answers.set(app, known.set(route, answer));
  return answer;
}

/** Finds out whether all requests of this route have the same template. */
function settle(answer: Answer, route: Route): void {
  const steps = answer.chains.flatMap(stepsOf);
  answer.isLearning = steps.flat().some(({ template }) => template === undefined);
  if (answer.isLearning || steps.some(({ length }) => length > 1)) return;
  const templates = new Set(answer.chains.flatMap(templatesOf));
  if (templates.size <= 1) [answer.template = ownTemplate(route)] = templates;
}

/** The template of the chain that matches the path of the request. */
function choose(answer: Answer, req: ExpressRequest, route: Route): string {
  let chosen: string | undefined;
  try {
    for (const path of pathsOf(req)) {
      for (const chain of answer.chains) chosen ??= templateAt(path, chain);
    }
    if (answer.isLearning) settle(answer, route);
  } catch {
    // A path that can not be decoded matches nothing.
  }
  if (chosen !== undefined) return chosen;
  const templates = new Set(answer.isLearning ? [] : answer.chains.flatMap(templatesOf));
  const isShort = templates.size > 0 && templates.size <= maxJoined;
  return isShort ? [...templates].join('|') : ownTemplate(route);
}

/** The path as the client sent it, and as Express saw it: middleware may have rewritten it, or cut a prefix off. */
function* pathsOf({ originalUrl, baseUrl, url }: ExpressRequest): Generator<string> {
  if (typeof originalUrl === 'string') yield pathOf(originalUrl);
  if (typeof baseUrl === 'string' && typeof url === 'string') yield baseUrl + pathOf(url);
}

/** Without the query, and without the host of a proxy's `http://host/path`. */
function pathOf(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '');
}

/** Follows the path through the mounts the way Express does; undefined when it does not lead to the route. */
function templateAt(path: string, { mounts, layer }: Chain): string | undefined {
  let rest = path;
  const templates: Pattern['template'][] = [];
  for (const patterns of mounts) {
    const hit = firstMatch(patterns, rest);
    if (!hit || !rest.startsWith(hit.taken) || /^[^/.]/.test(rest.slice(hit.taken.length))) return undefined;
    templates.push(hit.template);
    rest = rest.slice(hit.taken.length).replace(/^(?!\/)/, '/');
  }
  const hit = firstMatch(patternsOf(layer), rest);
  return hit && concat([...templates, hit.template], layer);
}

/** Every template that a chain can stand for: more than one, where there are arrays of paths. */
function templatesOf(chain: Chain): string[] {
  let lists: Pattern['template'][][] = [[]];
  for (const patterns of stepsOf(chain)) {
    lists = lists
      .flatMap((list) => patterns.map(({ template }) => [...list, template]))
      .slice(0, maxJoined + 1);
  }
  return lists.map((list) => concat(list, chain.layer));
}

function concat(templates: readonly Pattern['template'][], { route }: Layer): string {
  const known = templates.filter((template) => typeof template === 'string');
  return known.length < templates.length ? textOf(route?.path) : known.reduce(join, '') || '/';
}

function stepsOf({ mounts, layer }: Chain): (readonly Pattern[])[] {
  return [...mounts, patternsOf(layer)];
}

function ownTemplate(route: Route): string {
  return join('', textOf(route.path)) || '/';
}
