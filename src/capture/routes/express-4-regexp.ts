/** A parameter of an Express 4 layer, one per capturing group: a name, or a number if the group has no name. */
export interface Key {
  readonly name: string | number;
}

/** The end of an expression that path-to-regexp 0.1 makes of a mount path. */
const mountEnd = '\\/?(?=\\/|$)';
/** The group of a `*` that stands alone or follows a parameter (`:rest*`). */
const star = /^(?:\.\*|\(\?:\[\\?\/(?:\\\.)*\]\.\+\?\)\?)$/;

/**
 * The path of a mount, reconstructed from its regular expression, which is all that Express 4 keeps. Parameters are
 * given by name, without their custom groups; everything else is as written.
 */
export function mountPathOf(source: string, keys: Key[]): string | undefined {
  if (source.startsWith('^') && source.endsWith(mountEnd)) {
    return write(tokensOf(source.slice(1, -mountEnd.length)), keys);
  }
  keys.splice(0, countGroups(tokensOf(source)));
  return undefined;
}

/** The alternatives of an expression. Express 4 makes one expression of an array of paths, with an alternative for each. */
export function alternativesOf(source: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const token of tokensOf(source)) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += token;
  }
  if (parts.length > 1) return parts.flatMap(alternativesOf);
  return isWrapped(source) ? alternativesOf(source.slice('(?:'.length, -1)) : [source];
}

/** Whether all alternatives are in one group, as path-to-regexp 0.1.7 writes them. */
function isWrapped(source: string): boolean {
  if (!/^\(\?:[(^]/.test(source)) return false;
  const rest = tokensOf(source).slice(1);
  takeGroup(rest);
  return rest.length === 0;
}

/** Each escape and character class is one token, so that other tokens `(`, `)` and `|` are never literal. */
function tokensOf(source: string): string[] {
  return source.match(/\\.|\[(?:\\.|[^\]\\])*\]|./gs) ?? [];
}

function countGroups(tokens: readonly string[]): number {
  return tokens.filter(
    (token, i) =>
      token === '(' &&
      (tokens[i + 1] !== '?' || (tokens[i + 2] === '<' && !/[=!]/.test(tokens[i + 3] ?? ''))),
  ).length;
}

/** Removes the tokens up to and including the bracket that closes the group, and returns those inside. */
function takeGroup(tokens: string[]): string[] {
  let depth = 1;
  const end = tokens.findIndex((token) => {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    return depth === 0;
  });
  return tokens.splice(0, end + 1).slice(0, -1);
}

function write(tokens: string[], keys: Key[]): string {
  let text = '';
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    if (token === '(') text += writeGroup(takeGroup(tokens), keys);
    else text += token === '\\/' || token === '\\.' ? token.slice(1) : token;
  }
  return text;
}

function writeGroup(tokens: string[], keys: Key[]): string {
  const source = tokens.join('');
  if (source.startsWith('?:')) {
    const holdsParameter = /^\?:(?:\\\/)?(?:\\\.)?\((?!\?)/.test(source) && typeof keys[0]?.name === 'string';
    const inner = write(tokens.slice(2), keys);
    return holdsParameter ? inner : `(${inner})`;
  }
  const captures = countGroups(['(', ...tokens]);
  const [key] = keys.splice(0, captures);
  if (typeof key?.name === 'string') return `:${key.name}`;
  return star.test(source) ? '*' : `(${source})`;
}
