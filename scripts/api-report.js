// Prints the public types of every entry of package.json's `exports`, without comments, and the types that they refer
// to. `npm run api` writes them to test/package/api-report.md, and a test compares the file, so that a review shows
// changes for users.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// TypeScript 7 has no compiler API. attw contains a version that has one.
const require = createRequire(import.meta.url);
const ts = createRequire(
  createRequire(require.resolve('@arethetypeswrong/cli/package.json')).resolve('@arethetypeswrong/core'),
)('typescript');

const { name, exports } = require('../package.json');
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const entries = Object.entries(exports)
  .filter(([, entry]) => entry.types !== undefined)
  .map(([path, entry]) => ({
    title: path.replace('.', name),
    file: fileURLToPath(new URL(`../${entry.types}`, import.meta.url)),
  }));

const program = ts.createProgram(
  entries.map(({ file }) => file),
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    types: ['node'],
  },
);
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });

const published = new Set();
const sections = entries.map(({ title, file }) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
  return { title, exported: symbols.map((symbol) => [symbol.name, target(symbol)]).sort(byName) };
});
for (const { exported } of sections) for (const [, symbol] of exported) published.add(symbol);

/** Types that published types refer to, without being published themselves. */
const reached = new Set();
for (const symbol of [...published]) visit(symbol);

console.log(
  [
    '# API report',
    'The types of every entry of this package, as users see them. `npm run api` writes this file; a test compares it.',
    ...sections.map(({ title, exported }) => section(title, exported)),
    section(
      'Not exported, but part of the above',
      [...reached].map((symbol) => [symbol.name, symbol]).sort(byName),
    ),
  ].join('\n\n'),
);

function section(title, symbols) {
  const printed = new Set();
  const code = symbols.map(([name, symbol]) => {
    if (name !== symbol.name || printed.has(symbol)) return `export { ${symbol.name} as ${name} };`;
    printed.add(symbol);
    return symbol.declarations.map(text).join('\n');
  });
  return [
    `## ${title}`,
    code.length === 0 ? 'Exports nothing.' : `\`\`\`ts\n${code.join('\n\n')}\n\`\`\``,
  ].join('\n\n');
}

function text(declaration) {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return printer.printNode(ts.EmitHint.Unspecified, statement, declaration.getSourceFile());
}

/** Follows each name in the declarations of a symbol to its own declaration. */
function visit(symbol) {
  const follow = (node) => {
    if (ts.isIdentifier(node)) {
      const found = checker.getSymbolAtLocation(node);
      const named = found && target(found);
      if (named && isOurs(named) && !published.has(named) && !reached.has(named)) {
        reached.add(named);
        visit(named);
      }
    }
    ts.forEachChild(node, follow);
  };
  symbol.declarations.forEach(follow);
}

/** Whether it is declared at the top level of a file of this package. */
function isOurs({ declarations = [] }) {
  return declarations.some((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return ts.isSourceFile(statement.parent) && statement.parent.fileName.startsWith(dist);
  });
}

function target(symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function byName([a], [b]) {
  return a < b ? -1 : 1;
}
