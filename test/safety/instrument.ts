import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type CallExpression, type Node, SyntaxKind } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';
import { ELSEWHERE } from './entries.ts';

const BUILT = fileURLToPath(new URL('../../src', import.meta.url));
const SOURCES = fileURLToPath(new URL('../../../src', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** A copy of the library in which each entry can be made to throw. */
export interface Instrumented {
  /** `file:///.../src`, to import from. */
  readonly library: string;
  /** Each place where something is caught: `recorder.js: the sample timer`. */
  readonly entries: readonly string[];
  /** Those that a program has entered, since {@link fail} was last called before it started. */
  entered(): string[];
  /** From now on, these entries throw each time that they are entered, in all threads, and no others do. */
  fail(...entries: string[]): void;
  /** Those that have thrown since. */
  thrown(): Set<string>;
  /** Another one, whose entries throw by themselves. */
  copy(folder: string): Instrumented;
}

/** Where a function is among the arguments of what guards it. */
const FUNCTION_AT: Readonly<Record<string, number>> = { guarded: 1, attempt: 1, after: 2, every: 2 };

export function instrument(folder: string): Instrumented {
  const src = join(folder, 'src');
  cpSync(BUILT, src, { recursive: true, filter: isOurs });
  symlinkSync(PACKAGES, join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'package.json'),
    '{ "name": "raw-requests", "version": "0.0.0", "type": "module" }',
  );
  writeFileSync(
    join(src, 'fault.js'),
    `import { appendFileSync, readFileSync } from 'node:fs';
     const lines = (name) => new URL('../' + name, import.meta.url);
     const known = new Set();
     export function fault(entry) {
       if (!known.has(entry)) appendFileSync(lines('entered'), entry + '\\n');
       known.add(entry);
       if (!readFileSync(lines('failing'), 'utf8').split('\\n').includes(entry)) return;
       appendFileSync(lines('thrown'), entry + '\\n');
       throw new Error('on purpose');
     }
     export const failing = (entry, run) => function (...args) { fault(entry); return run.apply(this, args); };
     export const rejecting = (entry, promise) => {
       try { fault(entry); } catch (error) { promise.catch(() => {}); return Promise.reject(error); }
       return promise;
     };`,
  );
  return instrumentedIn(folder, insertFaults(folder, src));
}

function instrumentedIn(folder: string, entries: readonly string[]): Instrumented {
  const file = (name: string) => join(folder, name);
  const instrumented: Instrumented = {
    library: pathToFileURL(file('src')).href,
    entries,
    entered: () => linesOf(file('entered')),
    fail: (...entries) => {
      writeFileSync(file('entered'), '');
      writeFileSync(file('thrown'), '');
      writeFileSync(file('failing'), entries.join('\n'));
    },
    thrown: () => new Set(linesOf(file('thrown'))),
    copy: (to) => {
      cpSync(folder, to, { recursive: true, verbatimSymlinks: true });
      return instrumentedIn(to, entries);
    },
  };
  instrumented.fail();
  return instrumented;
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

/** What was compiled from a source that is there no more is left over. */
function isOurs(path: string): boolean {
  if (path.endsWith('.map')) return false;
  return (
    !path.endsWith('.js') || existsSync(path.replace(`${BUILT}/`, `${SOURCES}/`).replace(/\.js$/, '.ts'))
  );
}

function insertFaults(folder: string, src: string): string[] {
  const options = { allowJs: true, noEmit: true, module: 'nodenext', skipLibCheck: true, types: [] };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['src'] }),
  );
  const api = new API({ cwd: folder });
  const entries: string[] = [];
  try {
    const [project] = api.updateSnapshot({ openProject: join(folder, 'tsconfig.json') }).getProjects();
    for (const path of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.js') || ELSEWHERE.test(path) || path === 'fault.js' || path.startsWith('safety'))
        continue;
      const file = project!.program.getSourceFile(join(src, path))!;
      const inserted = new Insertions(path, file.text);
      inserted.visit(file);
      if (inserted.entries.length === 0) continue;
      const depth = path.split('/').length - 1;
      const from = depth === 0 ? './' : '../'.repeat(depth);
      const imported = `import { failing, fault, rejecting } from '${from}fault.js';\n`;
      writeFileSync(join(src, path), imported + inserted.text());
      entries.push(...inserted.entries);
    }
  } finally {
    api.close();
  }
  return entries;
}

/** What is put into a file, so that its entries throw when they are told to. */
class Insertions {
  readonly entries: string[] = [];
  readonly #path: string;
  readonly #source: string;
  readonly #inserted: { readonly at: number; readonly text: string }[] = [];

  constructor(path: string, source: string) {
    this.#path = path;
    this.#source = source;
  }

  text(): string {
    let text = this.#source;
    for (const { at, text: added } of this.#inserted.sort((a, b) => b.at - a.at))
      text = text.slice(0, at) + added + text.slice(at);
    return text;
  }

  visit(node: Node): void {
    if (is.isTryStatement(node)) {
      const caught = node.catchClause && find(node.catchClause, 'caught', 'giveUp');
      if (caught !== undefined) this.#insert(node.tryBlock.statements.pos, caught, `fault($);`);
    } else if (is.isCallExpression(node)) {
      const name = nameOf(node);
      const given = node.arguments[FUNCTION_AT[name] ?? 1];
      // `resolve` throws nothing, and if it were not called, nobody would go on.
      const isResolve = given !== undefined && is.isIdentifier(given) && given.text === 'resolve';
      if (given !== undefined && !isResolve && (name in FUNCTION_AT || name === 'unawaited')) {
        const wrap = name === 'unawaited' ? 'rejecting' : 'failing';
        this.#insert(given.end, node, ')');
        this.#inserted.push({ at: given.pos, text: ` ${wrap}(${JSON.stringify(this.entries.at(-1))},` });
      }
    }
    node.forEachChild((child) => this.visit(child));
  }

  #insert(at: number, call: CallExpression, text: string): void {
    const [first] = call.arguments;
    const kinds = /const (?:KIND|kind) = '([^']+)'/.exec(this.#source)?.[1] ?? 'of a kind';
    const said = first !== undefined && is.isStringLiteral(first) ? first.text : kinds;
    const kind = nameOf(call) === 'giveUp' ? 'a request' : said;
    const same = this.entries.filter((entry) => entry.startsWith(`${this.#path}: ${kind}`)).length;
    this.entries.push(`${this.#path}: ${kind}${same === 0 ? '' : ` ${same + 1}`}`);
    this.#inserted.push({ at, text: text.replace('$', JSON.stringify(this.entries.at(-1))) });
  }
}

function find(node: Node, ...names: string[]): CallExpression | undefined {
  let found: CallExpression | undefined;
  const look = (each: Node): void => {
    if (found === undefined && is.isCallExpression(each) && names.includes(nameOf(each))) found = each;
    each.forEachChild(look);
  };
  look(node);
  return found;
}

function nameOf({ expression }: CallExpression): string {
  if (expression.kind === SyntaxKind.PropertyAccessExpression)
    return (expression as unknown as { name: { text: string } }).name.text;
  return is.isIdentifier(expression) ? expression.text : '';
}
