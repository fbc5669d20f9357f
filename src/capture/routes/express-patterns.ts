import { alternativesOf, type Key, mountPathOf } from './express-4-regexp.ts';
import { isMatcherOf, type Matcher, recoverPattern, trimSlashes } from './express-probe.ts';

/** An entry of a router's stack. The version of Express decides which of the properties about its path exist. */
export interface Layer {
  readonly handle?: unknown;
  readonly route?: Route | undefined;
  /** Express 4 */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly Key[];
  /** Express 5 */
  readonly matchers?: readonly Matcher[];
  readonly slash?: boolean;
  /** Express 5.3 (router 2.3) */
  readonly rawPath?: unknown;
}

/** A route, as `app.get()`, `router.route()` and similar calls create it. Express sets it as `req.route`. */
export interface Route {
  readonly path?: unknown;
  readonly stack?: readonly Layer[];
}

/** One of the paths of a layer. */
export interface Pattern {
  /** The template as written in the application; undefined until `take` could learn it from a path, null if it cannot be learned. */
  template: string | null | undefined;
  /** The part of the path that this pattern matches, from its start. */
  take(path: string): string | undefined;
  readonly matcher?: Matcher;
}

interface Match {
  readonly taken: string;
  readonly template: Pattern['template'];
}

type Take = Pattern['take'];

const patterns = new WeakMap<Layer, readonly Pattern[]>();

/** The paths of a layer, in the order in which Express tries them. */
export function patternsOf(layer: Layer): readonly Pattern[] {
  let found = patterns.get(layer);
  if (!found) {
    found = layer.regexp ? ofRegExp(layer, layer.regexp) : ofMatchers(layer);
    patterns.set(layer, found);
  }
  return found;
}

/** The first pattern that matches the path, as in Express, with the part that it matches. */
export function firstMatch(patterns: readonly Pattern[], path: string): Match | undefined {
  for (const pattern of patterns) {
    const taken = pattern.take(path);
    if (taken !== undefined) return { taken, template: pattern.template };
  }
  return undefined;
}

/** The patterns of a mount of which only the path is known. */
export function mountedAt(path: unknown): readonly Pattern[] {
  return [path].flat(Infinity).map((one) => ({ template: mountText(one), take: () => undefined }));
}

/** Whether these can be the patterns of a mount at `path`. */
export function isMountAt(patterns: readonly Pattern[], path: unknown): boolean {
  const mounts = [path].flat(Infinity);
  return mounts.length === patterns.length && patterns.every((pattern, i) => isPattern(pattern, mounts[i]));
}

/** The text of a route's own path. Several paths are joined: `/a|/b`. */
export function textOf(path: unknown): string {
  return Array.isArray(path) ? path.map(textOf).join('|') : String(path);
}

/** `/api` and `/items` make `/api/items`; `/api` and `/` make `/api`. */
export function join(mount: string, path: string): string {
  if (path === '/') return mount;
  return mount.endsWith('/') && path.startsWith('/') ? mount + path.slice(1) : mount + path;
}

function mountText(path: unknown): string {
  return typeof path === 'string' ? trimSlashes(path) : textOf(path);
}

function ofRegExp({ route, keys = [] }: Layer, regexp: NonNullable<Layer['regexp']>): readonly Pattern[] {
  if (regexp.fast_slash) return [{ template: '', take: () => '' }];
  const sources = alternativesOf(regexp.source);
  if (route) {
    const takes = Array.isArray(route.path) ? sources : [regexp.source];
    return pair(
      route.path,
      takes.map((source) => takeBy(source, regexp)),
      textOf,
    );
  }
  const names = [...keys];
  const templates = sources.map((source) => mountPathOf(source, names));
  if (templates.every((template) => template === undefined)) {
    return [{ template: String(regexp), take: takeBy(regexp.source, regexp) }];
  }
  return sources.map((source, i) => ({
    template: templates[i] ?? `/${source}/`,
    take: takeBy(source, regexp),
  }));
}

/** Uses a copy of the expression, because one with the flag `g` or `y` has a state that the application uses. */
function takeBy(source: string, { flags }: RegExp): Take {
  const regexp = new RegExp(source, flags.replace(/[gy]/g, ''));
  return (path) => regexp.exec(path)?.[0];
}

function ofMatchers({ route, rawPath, matchers = [], slash }: Layer): readonly Pattern[] {
  if (slash) return [{ template: '', take: () => '' }];
  if (!route && rawPath === undefined) return matchers.map(unknownPattern);
  const takes = matchers.map(
    (matcher): Take =>
      (path) =>
        (matcher(path) || undefined)?.path,
  );
  return route ? pair(route.path, takes, textOf) : pair(rawPath, takes, mountText);
}

/** One pattern per path. For nested arrays, where the matching path is not known, one pattern for all. */
function pair(path: unknown, takes: readonly Take[], text: (path: unknown) => string): readonly Pattern[] {
  const paths = [[path].flat(), [path].flat(Infinity)].find(({ length }) => length === takes.length);
  if (paths) return paths.map((one, i) => ({ template: text(one), take: takes[i]! }));
  return [{ template: text(path), take: (path) => takes.map((take) => take(path)).find(isText) }];
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function unknownPattern(matcher: Matcher): Pattern {
  const pattern: Pattern = {
    template: undefined,
    matcher,
    take(path) {
      const taken = (matcher(path) || undefined)?.path;
      if (pattern.template === undefined && taken !== undefined) {
        pattern.template = recoverPattern(matcher, taken);
      }
      return taken;
    },
  };
  return pattern;
}

function isPattern(pattern: Pattern, path: unknown): boolean {
  if (!pattern.matcher) return bare(pattern.template ?? '') === bare(mountText(path));
  const isMade = typeof path === 'string' && isMatcherOf(pattern.matcher, path);
  if (isMade) pattern.template = mountText(path);
  return isMade;
}

/** Without custom groups, because templates have none: `/:id(\\d+)` is kept as `/:id`. */
function bare(template: string): string {
  return template.replace(/\([^()]*\)/g, '');
}
