import { resolve } from 'node:path';
import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { API, type Project, SignatureKind } from 'typescript/unstable/sync';

// Reads the sources, with TypeScript's own types, for each place where code of ours is given to somebody else to be
// called: to Node, to a package, to the application. What is called there may throw nothing.

/** What runs in no application's process: programs of their own, data, and what a browser runs. */
export const ELSEWHERE: RegExp = /^(?:cli|compare|dashboards|view\/page)\//;
/** Of the language: these keep what they are given; all others call it at once, and what it throws is thrown there. */
const KEEPS = /^(?:defineProperty|defineProperties|assign|Proxy|FinalizationRegistry)$/;
const REMOVES = /^(?:off|removeListener|unsubscribe)$/;
/** Calls what it is given while options are read, which is where wrong ones throw. */
const AT_START = /\/node_modules\/valibot\//;

/** A place that is not behind the guard. */
export interface Entry {
  /** `recorder.ts: process.on('exit')` */
  readonly name: string;
  readonly line: number;
}

/** @param folder that of a `tsconfig.json`, and of the sources in `src` */
export function unguardedEntries(folder: string): Entry[] {
  const root = resolve(folder);
  const api = new API({ cwd: root });
  try {
    const [project] = api.updateSnapshot({ openProject: `${root}/tsconfig.json` }).getProjects();
    const reader = new Reader(project!, `${root}/src/`);
    const entries = reader.read();
    if (!reader.hasRead('safety/guard.ts')) throw new Error(`${root} has no sources of ours`);
    return entries;
  } finally {
    api.close();
  }
}

class Reader {
  readonly #project: Project;
  readonly #src: string;
  readonly #found: Entry[] = [];
  readonly #read = new Set<string>();
  #file = '';
  #text = '';

  constructor(project: Project, src: string) {
    this.#project = project;
    this.#src = src;
  }

  read(): Entry[] {
    for (const path of this.#project.program.getSourceFileNames()) {
      if (!path.startsWith(this.#src)) continue;
      this.#file = path.slice(this.#src.length);
      this.#read.add(this.#file);
      if (ELSEWHERE.test(this.#file) || this.#file === 'safety/guard.ts') continue;
      const file = this.#project.program.getSourceFile(path)!;
      this.#text = file.text;
      this.#visit(file);
    }
    return this.#found;
  }

  hasRead(file: string): boolean {
    return this.#read.has(file);
  }

  #visit(node: Node): void {
    if (is.isCallExpression(node) || is.isNewExpression(node)) {
      if (this.#keepsWhatItIsGiven(node)) this.#check(node, node.arguments ?? []);
    } else if (is.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.EqualsToken) {
      if (this.#isSomebodyElses(node.left)) this.#check(node.left, [node.right]);
    } else if (is.isExpressionStatement(node)) {
      const { expression } = node;
      const dropped = is.isVoidExpression(expression) ? expression.expression : expression;
      const isKept =
        is.isAwaitExpression(dropped) || is.isBinaryExpression(dropped) || this.#isOfGuard(dropped);
      if (!isKept && this.#isPromise(dropped)) this.#report(node);
    }
    node.forEachChild((child) => this.#visit(child));
  }

  /** Reports a place if one of the functions that it is given is not guarded. */
  #check(place: Node, given: readonly Node[]): void {
    for (const value of given) {
      const inner = bare(value);
      if (is.isObjectLiteralExpression(inner)) {
        for (const property of inner.properties) {
          if (is.isPropertyAssignment(property)) this.#check(place, [property.initializer]);
          else if (is.isMethodDeclaration(property) && !this.#isGuardedFunction(property))
            this.#report(place);
          else if (is.isShorthandPropertyAssignment(property)) this.#check(place, [property.name]);
        }
      } else if (this.#isFunction(inner) && !this.#isGuarded(inner)) this.#report(place);
    }
  }

  /** Whether the function that is called belongs to somebody else, and keeps the functions that it is given. */
  #keepsWhatItIsGiven(call: Node & { expression: Node }): boolean {
    const name = lastName(call.expression);
    if (REMOVES.test(name)) return false;
    const path: string = this.#project.checker.getResolvedSignature(call)?.declaration?.path ?? '';
    // One of ours with a body: what it does with its arguments is read there.
    if (path.startsWith(this.#src)) return bodyOf(this.#calleeOf(call)) === undefined;
    if (AT_START.test(path)) return false;
    return !/\/lib\.[^/]*\.d\.ts$/.test(path) || KEEPS.test(name);
  }

  /** The declaration of the function that is called, if that is ours. */
  #calleeOf(call: Node): Node | undefined {
    const declaration = this.#project.checker.getResolvedSignature(call)?.declaration;
    return declaration?.path.startsWith(this.#src) ? declaration.resolve() : undefined;
  }

  /** `prototype._send`, not `this.#arrived`. */
  #isSomebodyElses(target: Node): boolean {
    if (!is.isPropertyAccessExpression(target) && !is.isElementAccessExpression(target)) return false;
    return target.expression.kind !== SyntaxKind.ThisKeyword;
  }

  #isFunction(value: Node): boolean {
    if (is.isArrowFunction(value) || is.isFunctionExpression(value)) return true;
    if (is.isLiteralExpression(value)) return false;
    const { checker } = this.#project;
    const type = checker.getTypeAtLocation(value);
    if (type === undefined) return false;
    const present = checker.getNonNullableType(type) ?? type;
    return checker.getSignaturesOfType(present, SignatureKind.Call).length > 0;
  }

  #isPromise(value: Node): boolean {
    const { checker } = this.#project;
    const type = checker.getTypeAtLocation(value);
    return type !== undefined && checker.getPropertyOfType(type, 'then') !== undefined;
  }

  /** Whether a function that is given away throws nothing. */
  #isGuarded(value: Node, depth = 0): boolean {
    const inner = bare(value);
    if (is.isArrowFunction(inner) || is.isFunctionExpression(inner))
      return this.#isGuardedFunction(inner, depth);
    if (is.isNewExpression(inner)) return lastName(inner.expression) === 'Proxy'; // its traps are read as such
    if (is.isCallExpression(inner)) {
      if (this.#isOfGuard(inner)) return true;
      const made = bodyOf(this.#calleeOf(inner));
      return made !== undefined && returned(made).every((each) => this.#isGuarded(each, depth));
    }
    const declaration = this.#declarationOf(inner);
    if (declaration === undefined) return false;
    if (is.isBindingElement(declaration)) return true; // it was theirs before
    if (is.isParameterDeclaration(declaration)) return isResolver(declaration);
    if (is.isVariableDeclaration(declaration) || is.isPropertyDeclaration(declaration))
      return declaration.initializer !== undefined && this.#isGuarded(declaration.initializer, depth);
    return this.#isGuardedFunction(declaration, depth);
  }

  #declarationOf(name: Node): Node | undefined {
    const { checker } = this.#project;
    const parent = name.parent;
    const symbol =
      parent !== undefined && is.isShorthandPropertyAssignment(parent)
        ? checker.getShorthandAssignmentValueSymbol(parent)
        : checker.getSymbolAtLocation(name);
    return symbol?.valueDeclaration?.resolve();
  }

  /** A function is guarded when what could throw in it is in a `try` whose `catch` calls `caught`. */
  #isGuardedFunction(fn: Node, depth = 0): boolean {
    const body = bodyOf(fn);
    if (body === undefined || depth > 3) return false;
    if (!is.isBlock(body)) return this.#isHarmless(body, depth);
    return body.statements.every((statement) => this.#isHarmless(statement, depth));
  }

  /** What throws nothing of ours: names, assignments, `try`, and what gives the turn back to whoever called. */
  #isHarmless(node: Node, depth: number): boolean {
    if (is.isTryStatement(node))
      return node.catchClause !== undefined && this.#tells(node.catchClause, depth);
    if (is.isFunctionDeclaration(node) || is.isArrowFunction(node) || is.isFunctionExpression(node))
      return true;
    if (is.isCallExpression(node)) {
      if (!node.arguments.every((each) => this.#isHarmless(each, depth))) return false;
      if (this.#isOfGuard(node) || /^(?:call|apply|construct)$/.test(lastName(node.expression))) return true;
      const callee = bare(node.expression);
      const declaration = this.#declarationOf(callee);
      const isGivenByCaller = declaration !== undefined && is.isParameterDeclaration(declaration);
      return isGivenByCaller || this.#isGuarded(callee, depth + 1);
    }
    if (is.isNewExpression(node) && lastName(node.expression) !== 'Error') return false;
    if (is.isThrowStatement(node) || is.isForOfStatement(node)) return false;
    let harmless = true;
    node.forEachChild((child) => {
      harmless &&= is.isTypeNode(child) || this.#isHarmless(child, depth);
    });
    return harmless;
  }

  /** Whether something calls `caught`, by itself or through a function of ours. */
  #tells(node: Node, depth: number): boolean {
    let tells = false;
    const look = (each: Node): void => {
      if (is.isCallExpression(each)) {
        if (this.#isOfGuard(each)) tells = true;
        const declaration = depth < 3 ? bodyOf(this.#declarationOf(bare(each.expression))) : undefined;
        if (declaration !== undefined && this.#tells(declaration, depth + 1)) tells = true;
      }
      each.forEachChild(look);
    };
    look(node);
    return tells;
  }

  #isOfGuard(call: Node): boolean {
    return (
      is.isCallExpression(call) &&
      /^(?:caught|guarded|attempt|unawaited)$/.test(lastName(call.expression)) &&
      this.#project.checker.getResolvedSignature(call)?.declaration?.path.endsWith('/safety/guard.ts') ===
        true
    );
  }

  #report(place: Node): void {
    const source = this.#text.slice(place.pos, place.end).replace(/^(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*/, '');
    const name = /^[^(='"]+(?:\('[^']*')?/.exec(source)?.[0].replace(/\s+/g, ' ').trim() ?? source;
    const line = this.#text.slice(0, place.end - source.length).split('\n').length;
    this.#found.push({ name: `${this.#file}: ${name.includes('(') ? `${name})` : name}`, line });
  }
}

/** Without brackets and assertions of types. */
function bare(node: Node): Node {
  return is.isParenthesizedExpression(node) ||
    is.isAsExpression(node) ||
    is.isSatisfiesExpression(node) ||
    is.isNonNullExpression(node)
    ? bare(node.expression)
    : node;
}

function bodyOf(fn: Node | undefined): Node | undefined {
  return (fn as { body?: Node } | undefined)?.body;
}

function lastName(callee: Node): string {
  const inner = bare(callee);
  if (is.isPropertyAccessExpression(inner)) return inner.name.text;
  return is.isIdentifier(inner) ? inner.text : '';
}

/** What a function returns. */
function returned(body: Node): Node[] {
  if (!is.isBlock(body)) return [body];
  return body.statements.flatMap((each) =>
    is.isReturnStatement(each) && each.expression !== undefined ? [each.expression] : [],
  );
}

/** `resolve` and `reject` of `new Promise((resolve, reject) => ...)`. */
function isResolver(parameter: Node): boolean {
  const made = parameter.parent?.parent;
  return made !== undefined && is.isNewExpression(made) && lastName(made.expression) === 'Promise';
}
