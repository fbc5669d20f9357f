/** What router 2.0 to 2.2 (Express 5.0 to 5.2) keep of a pattern: a closure that matches paths. */
export type Matcher = (path: string) => { readonly path: string; readonly params: Params } | false;
type Params = Readonly<Record<string, string | readonly string[]>>;

const firstMark = 0xe000;
const maxParams = 32;
/** Finding a value takes a match at each place where its text occurs, and the client chooses how many. */
const maxPathLength = 512;

/**
 * The pattern behind a matcher, learnt from a path that it takes.
 * A part of the path is called a parameter only when another value in its place arrives in that parameter. So
 * a value that equals a literal (`/users/users`) misleads nobody, and nothing of the path is kept that the
 * matcher does not insist on. Not to be learnt are the case of letters where routing ignores case (given in
 * lower case), and an optional part of fixed text, or of several segments, that the path does not have.
 * @returns undefined when this path does not tell, null when none does: the matcher is not made from a text.
 */
export function recoverPattern(match: Matcher, path: string): string | null | undefined {
  if (path.length > maxPathLength) return undefined;
  // The values of an encoded path arrive decoded and would not be found in it.
  const sample = trimSlashes(path.replace(/%[0-9a-f]{2}/gi, 'x'));
  if (sample === '') return '';
  const found = paramsOf(match, sample);
  if (!found) return undefined;
  // The parameters of a RegExp are a plain object, those of a text an object without prototype.
  if (Object.getPrototypeOf(found) !== null) return null;

  const names = Object.keys(found);
  let marked: string | undefined = sample;
  for (const [index, name] of names.entries()) {
    marked = markValue(match, marked, name, mark(index));
    if (marked === undefined) return undefined;
  }
  return spell(match, addOptional(match, marked, names), names);
}

/** Whether the matcher was made from this pattern: it takes its text, with each parameter in its place. */
export function isMatcherOf(match: Matcher, pattern: string): boolean {
  const names: string[] = [];
  const marked = trimSlashes(pattern)
    .replace(/[{}]/g, '')
    .replace(/[:*]([$\w]+)/g, (_, name: string) => mark(names.push(name) - 1));
  return hasExactly(paramsOf(match, marked), names);
}

/** `/api/` mounts what `/api` mounts, and `/` mounts at no prefix at all. */
export function trimSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** One private-use character per parameter: in no pattern, and the same in either case and when decoded. */
function mark(index: number): string {
  return String.fromCharCode(firstMark + index);
}

/** The parameters, when the matcher takes the path from start to end. */
function paramsOf(match: Matcher, path: string): Params | undefined {
  const found = match(path);
  return found !== false && found.path === path ? found.params : undefined;
}

function valueIn(params: Params | undefined, name: string): string | undefined {
  const value = params?.[name];
  return typeof value === 'string' ? value : value?.join('/');
}

function hasExactly(params: Params | undefined, names: readonly string[]): boolean {
  if (!params || Object.keys(params).length !== names.length) return false;
  return names.every((name, index) => valueIn(params, name) === mark(index));
}

/** Puts the mark where the parameter's value is, among all the places where its text occurs. */
function markValue(match: Matcher, path: string, name: string, mark: string): string | undefined {
  const value = valueIn(paramsOf(match, path), name);
  if (!value) return undefined;
  for (let at = path.indexOf(value); at !== -1; at = path.indexOf(value, at + 1)) {
    const marked = path.slice(0, at) + mark + path.slice(at + value.length);
    if (valueIn(paramsOf(match, marked), name) === mark) return marked;
  }
  return undefined;
}

/** Adds the optional segments that the path lacks: one more segment there arrives in a new parameter. */
function addOptional(match: Matcher, marked: string, names: string[]): string {
  const next = mark(names.length);
  for (let at = marked.length; at > -1 && names.length < maxParams; at = lastSlashBefore(marked, at)) {
    const longer = `${marked.slice(0, at)}/${next}${marked.slice(at)}`;
    const params = paramsOf(match, longer);
    const added = Object.keys(params ?? {}).find((name) => !names.includes(name));
    if (added !== undefined && valueIn(params, added) === next) {
      names.push(added);
      return addOptional(match, longer, names);
    }
  }
  return marked;
}

function lastSlashBefore(path: string, at: number): number {
  return path.slice(0, at).lastIndexOf('/');
}

function spell(match: Matcher, marked: string, names: readonly string[]): string | undefined {
  const params = paramsOf(match, marked);
  if (!params || !hasExactly(params, names)) return undefined;
  const ignoresCase = paramsOf(match, marked.toLowerCase()) && paramsOf(match, marked.toUpperCase());
  return (ignoresCase ? marked.toLowerCase() : marked).replace(/\/?[\ue000-\ue0ff]/g, (part) => {
    const name = names[part.charCodeAt(part.length - 1) - firstMark]!;
    const text = part.slice(0, -1) + (Array.isArray(params[name]) ? '*' : ':') + name;
    return part.length > 1 && isOptional(match, marked, part, name) ? `{${text}}` : text;
  });
}

/** Whether the matcher does without it; without both, where an optional neighbour would take its place. */
function isOptional(match: Matcher, marked: string, part: string, name: string): boolean {
  const [before = '', after = ''] = marked.split(part);
  const [followers = ''] = /^(?:\/[\ue000-\ue0ff])*/.exec(after) ?? [];
  for (let taken = 0; taken <= followers.length; taken += part.length) {
    const rest = after.slice(taken);
    if (!paramsOf(match, before + part + rest)) return false;
    const without = paramsOf(match, before + rest);
    if (without && !(name in without)) return true;
  }
  return false;
}
