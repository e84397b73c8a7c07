import { posix } from 'node:path';
import ts from 'typescript';

/** A file as the rules see it: its path from the repository's root, with forward slashes, and its text. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** Returns one sentence per violation, each starting with `path:line`. */
export type Rule = (file: SourceText) => string[];

const parse = ({ path, text }: SourceText): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);

/** Calls `visit` on every node of the file, JSDoc excluded, and collects the sentences it returns. */
function walk(file: SourceText, visit: (node: ts.Node) => string | undefined): string[] {
  const source = parse(file);
  const found: string[] = [];
  const step = (node: ts.Node): void => {
    const says = visit(node);
    if (says !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${file.path}:${line + 1}: ${says}`);
    }
    ts.forEachChild(node, step);
  };
  step(source);
  return found;
}

/** One sentence for each line that matches. */
function matchLines({ path, text }: SourceText, pattern: RegExp, says: (match: string) => string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const match = pattern.exec(line);
    return match === null ? [] : [`${path}:${index + 1}: ${says(match[0].trim())}`];
  });
}

// ---- Clock and randomness ------------------------------------------------------------------------------------------

/** The folders that hold the real adapters and the outermost programs. */
const MAY_READ_THE_CLOCK = /^src\/(runtime|cli|client)\//;

const CLOCK_GLOBALS = new Set(['setTimeout', 'setInterval', 'setImmediate']);

const CLOCK_MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.hrtime',
  'AbortSignal.timeout',
  'crypto.randomUUID',
  'crypto.randomBytes',
  'crypto.randomInt',
  'crypto.getRandomValues',
]);

const RANDOM_NAMES = ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync', 'getRandomValues'];

const RXJS_TIME_NAMES = [
  'animationFrameScheduler',
  'animationFrames',
  'asapScheduler',
  'asyncScheduler',
  'auditTime',
  'bufferTime',
  'debounceTime',
  'delay',
  'interval',
  'sampleTime',
  'throttleTime',
  'timeInterval',
  'timeout',
  'timeoutWith',
  'timer',
  'timestamp',
  'windowTime',
];

/** Names that may not be imported, by module; `'*'` stands for the whole module. */
const CLOCK_IMPORTS: ReadonlyMap<string, ReadonlySet<string> | '*'> = new Map<string, ReadonlySet<string> | '*'>([
  ['rxjs', new Set(RXJS_TIME_NAMES)],
  ['rxjs/operators', new Set(RXJS_TIME_NAMES)],
  ['crypto', new Set([...RANDOM_NAMES, 'webcrypto'])],
  ['perf_hooks', '*'],
  ['timers', '*'],
  ['timers/promises', '*'],
]);

/** Clock and randomness are ports: only then does one seed give one trace. */
export const noAmbientClock: Rule = (file) => {
  if (!file.path.startsWith('src/') || MAY_READ_THE_CLOCK.test(file.path)) return [];
  return walk(file, (node) => {
    const name = ambientClockName(node);
    return name === undefined ? undefined : `${name} reaches around the Clock and Entropy ports`;
  });
};

function ambientClockName(node: ts.Node): string | undefined {
  if (ts.isImportSpecifier(node)) return bannedImport(node);
  if (ts.isImportDeclaration(node)) return bannedModule(node);
  if (ts.isNewExpression(node)) {
    return isNamed(node.expression, 'Date') && !node.arguments?.length ? 'new Date()' : undefined;
  }
  if (ts.isCallExpression(node)) return isNamed(node.expression, 'Date') ? 'Date()' : undefined;
  if (ts.isPropertyAccessExpression(node)) return bannedMember(node);
  if (ts.isIdentifier(node) && CLOCK_GLOBALS.has(node.text) && isReference(node)) return node.text;
  return undefined;
}

function bannedMember(node: ts.PropertyAccessExpression): string | undefined {
  const owner = node.expression;
  const ownerName = ts.isIdentifier(owner) ? owner.text : ts.isPropertyAccessExpression(owner) ? owner.name.text : '';
  const name = `${ownerName}.${node.name.text}`;
  if (CLOCK_MEMBERS.has(name)) return name;
  return ownerName === 'globalThis' && CLOCK_GLOBALS.has(node.name.text) ? name : undefined;
}

function bannedImport(node: ts.ImportSpecifier): string | undefined {
  const specifier = node.parent.parent.parent.moduleSpecifier;
  const imported = (node.propertyName ?? node.name).text;
  const names = clockImportsOf(specifier);
  return names instanceof Set && names.has(imported) ? `${imported} of ${specifier.getText()}` : undefined;
}

function bannedModule(node: ts.ImportDeclaration): string | undefined {
  return clockImportsOf(node.moduleSpecifier) === '*' ? node.moduleSpecifier.getText() : undefined;
}

function clockImportsOf(specifier: ts.Expression): ReadonlySet<string> | '*' | undefined {
  return ts.isStringLiteral(specifier) ? CLOCK_IMPORTS.get(specifier.text.replace(/^node:/, '')) : undefined;
}

const isNamed = (node: ts.Node, name: string): boolean => ts.isIdentifier(node) && node.text === name;

/** False where the identifier only names a member, as in `clock.setTimeout` or `interface Clock { setTimeout(): … }`. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isImportSpecifier(parent)) return false;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  return (
    !(ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isPropertyAssignment(parent)) ||
    ('initializer' in parent && parent.initializer === node)
  );
}

// ---- Layers --------------------------------------------------------------------------------------------------------

/** What each folder of src may import, besides itself: a layer, or one folder of it. `src/index.ts`, the public surface, may import them all. */
const LAYERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['contract', []],
  ['organs', ['contract']],
  ['actors', ['organs', 'contract']],
  ['receptors', ['actors', 'organs', 'contract']],
  ['runtime', ['receptors', 'actors', 'organs', 'contract']],
  // Whoever signs an order or checks a proof does so by the ledger's own pure rules, with the same signer.
  ['client', ['contract', 'organs/ledger', 'runtime/signer']],
  ['cli', ['runtime', 'actors', 'client', 'contract', 'organs/ledger']],
]);

/** Layers point one way, and an organ never imports another organ: organs talk by events. */
export const importsFollowLayers: Rule = (file) => {
  const [top, layer, second] = file.path.split('/');
  if (top !== 'src' || layer === undefined || second === undefined) return [];
  const allowed = LAYERS.get(layer);
  if (allowed === undefined) return [`${file.path}:1: src/${layer} is not a layer`];
  return walk(file, (node) => {
    const specifier = importedModule(node);
    return specifier === undefined ? undefined : crossing(file.path, specifier, allowed);
  });
};

function crossing(path: string, specifier: string, allowed: readonly string[]): string | undefined {
  if (/^peertree(\/|$)/.test(specifier)) return `imports its own package as '${specifier}', around the layers`;
  if (!specifier.startsWith('.')) return undefined;
  const target = posix.join(posix.dirname(path), specifier);
  const [, fromLayer = '', fromOrgan] = path.split('/');
  const [toTop, toLayer = '', toOrgan] = target.split('/');
  if (toTop !== 'src') return `imports ${target}, which is outside of src`;
  if (fromLayer !== toLayer) {
    return allowed.includes(toLayer) || allowed.includes(`${toLayer}/${toOrgan}`)
      ? undefined
      : `${fromLayer} may not import ${toLayer} (${specifier})`;
  }
  return fromLayer === 'organs' && fromOrgan !== toOrgan
    ? `organ ${fromOrgan} may not import organ ${toOrgan}`
    : undefined;
}

/** The module named by an import, an export-from, a dynamic import or an import type. */
function importedModule(node: ts.Node): string | undefined {
  const specifier =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined;
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : undefined;
}

// ---- Names ---------------------------------------------------------------------------------------------------------

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/;
const DRAWER_NAMES = new Set(['util', 'utils', 'common', 'misc', 'helper', 'helpers']);

/** A file is named after its one noun; a drawer of odds and ends has none. */
export const namesSayTheNoun: Rule = ({ path }) => {
  if (!/^(src|test|bench|examples)\//.test(path)) return [];
  const segments = path.split('/');
  const fileName = segments.at(-1) ?? '';
  const drawer = segments.map((segment) => segment.replace(/\..*$/, '')).find((name) => DRAWER_NAMES.has(name));
  return [
    ...(KEBAB_CASE.test(fileName) ? [] : [`${path}:1: the file name is not in kebab-case`]),
    ...(drawer === undefined ? [] : [`${path}:1: '${drawer}' says nothing about what is inside`]),
  ];
};

// ---- Leftovers -----------------------------------------------------------------------------------------------------

const isCode = (path: string): boolean => /^(src|test|bench|examples)\/.*\.ts$/.test(path);

// The words are taken apart so that this file passes its own rule.
const LEFTOVERS = new RegExp(
  [
    `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`,
    `\\.(${['on' + 'ly', 'sk' + 'ip', 'to' + 'do'].join('|')})\\(`,
    `@ts-(${['ig' + 'nore', 'no' + 'check', 'expect-' + 'error'].join('|')})\\b`,
  ].join('|'),
);

/** Work that is put off, tests that don't run, types that are silenced. */
export const noLeftovers: Rule = (file) =>
  isCode(file.path) ? matchLines(file, LEFTOVERS, (match) => `leftover '${match}'`) : [];

/** A swallowed error is a lie told later; a comment inside doesn't handle it. */
export const noEmptyCatch: Rule = (file) => {
  if (!isCode(file.path)) return [];
  return walk(file, (node) => {
    if (ts.isCatchClause(node) && node.block.statements.length === 0) return 'empty catch block';
    return isEmptyCatchCall(node) ? 'empty .catch() handler' : undefined;
  });
};

function isEmptyCatchCall(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const [handler] = node.arguments;
  if (node.expression.name.text !== 'catch' || handler === undefined) return false;
  if (!ts.isArrowFunction(handler) && !ts.isFunctionExpression(handler)) return false;
  return ts.isBlock(handler.body) && handler.body.statements.length === 0;
}

// ---- Size ----------------------------------------------------------------------------------------------------------

/** Longer than this, a file holds more than one noun. */
export const SOURCE_LINES_MAX = 450;

export const sourceFitsInTheHead: Rule = ({ path, text }) => {
  if (!/^src\/.*\.ts$/.test(path)) return [];
  const lines = text.replace(/\n$/, '').split('\n').length;
  return lines <= SOURCE_LINES_MAX ? [] : [`${path}:${lines}: ${lines} lines, more than ${SOURCE_LINES_MAX}`];
};

// ---- Machines ------------------------------------------------------------------------------------------------------

// A path counts at the start of a line or after white space, a quote, a bracket, '=' or ':'; inside an URL it doesn't.
const MACHINE_PATH = new RegExp(
  `(^|[\\s"'\`([<=:,])/(${['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me', 'Us' + 'ers'].join('|')})/`,
);
const REGISTRY_ADDRESS =
  /https?:\/\/((registry|npm)\.|[^\s"']*\b(artifactory|nexus|verdaccio)\b)|^\s*(@[\w-]+:)?registry\s*=/;
const RESOLVED_ADDRESS = /"resolved":\s*"http/;

/** What one machine is like is no part of the project: a clone must install and read the same anywhere. */
export const noMachineTraces: Rule = (file) => [
  ...matchLines(file, MACHINE_PATH, (match) => `machine path '${match}'`),
  ...matchLines(file, REGISTRY_ADDRESS, () => 'address of a package registry'),
  ...matchLines(file, RESOLVED_ADDRESS, () => 'the lock file says where a package came from'),
];
