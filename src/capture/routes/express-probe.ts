/** A closure that matches paths: all that router 2.0 to 2.2 (Express 5.0 to 5.2) keep of a pattern. */
export type Matcher = (path: string) => { readonly path: string; readonly params: Params } | false;
type Params = Readonly<Record<string, string | readonly string[]>>;

const firstMark = 0xe000;
const maxParams = 32;
/** Bounds the time: finding a value takes one match per place where its text occurs, and the client chooses the path. */
const maxPathLength = 512;

/**
 * The pattern of a matcher, learned from a path that it matches.
 *
 * A part of the path counts as a parameter only if another value in its place arrives in that parameter. So a value
 * that equals a literal (`/users/users`) causes no error, and no value of the path gets into the pattern. Two things
 * cannot be learned: the case of letters where routing ignores case (the pattern is then in lower case), and optional
 * parts of fixed text or of several segments that are missing in the path.
 *
 * @returns undefined if this path is not sufficient, null if no path is, because the matcher was made of a RegExp
 */
export function recoverPattern(match: Matcher, path: string): string | null | undefined {
  if (path.length > maxPathLength) return undefined;
  // Parameters are decoded, so values of a path with percent-encoding could not be found in it.
  const sample = trimSlashes(path.replace(/%[0-9a-f]{2}/gi, 'x'));
  if (sample === '') return '';
  const found = paramsOf(match, sample);
  if (!found) return undefined;
  // The parameters of a RegExp are a plain object, those of a text pattern an object without prototype.
  if (Object.getPrototypeOf(found) !== null) return null;

  const names = Object.keys(found);
  let marked: string | undefined = sample;
  for (const [index, name] of names.entries()) {
    marked = markValue(match, marked, name, mark(index));
    if (marked === undefined) return undefined;
  }
  return spell(match, addOptional(match, marked, names), names);
}

/** Whether the matcher was made from this pattern: it matches the pattern's text, with each parameter in its place. */
export function isMatcherOf(match: Matcher, pattern: string): boolean {
  const names: string[] = [];
  const marked = trimSlashes(pattern)
    .replace(/[{}]/g, '')
    .replace(/[:*]([$\w]+)/g, (_, name: string) => mark(names.push(name) - 1));
  return hasExactly(paramsOf(match, marked), names);
}

/** `/api/` mounts at the same prefix as `/api`, and `/` mounts at an empty prefix. */
export function trimSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** A private-use character for each parameter. It occurs in no pattern, and neither changes of case nor decoding alter it. */
function mark(index: number): string {
  return String.fromCharCode(firstMark + index);
}

/** The parameters, if the matcher matches the whole path. */
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

/** Replaces the parameter's value by the mark, at the one of all occurrences of its text that is the parameter. */
function markValue(match: Matcher, path: string, name: string, mark: string): string | undefined {
  const value = valueIn(paramsOf(match, path), name);
  if (!value) return undefined;
  for (let at = path.indexOf(value); at !== -1; at = path.indexOf(value, at + 1)) {
    const marked = path.slice(0, at) + mark + path.slice(at + value.length);
    if (valueIn(paramsOf(match, marked), name) === mark) return marked;
  }
  return undefined;
}

/** Adds optional segments that are missing in the path: places where one more segment arrives in a new parameter. */
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

/** Whether the matcher matches without the part. Optional parts that follow may take its place, so they are left out as well. */
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
