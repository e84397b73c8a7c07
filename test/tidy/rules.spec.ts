import { describe, expect, it } from 'vitest';
import * as rules from './rules.ts';

/** Each rule is shown to fail on a planted violation, and to let its nearest lawful neighbour pass. */
const findings = (rule: rules.Rule, path: string, text: string): string[] => rule({ path, text });

describe('noAmbientClock', () => {
  const check = (text: string, path = 'src/organs/tree/rules.ts') => findings(rules.noAmbientClock, path, text);

  it.each([
    ['const t = Date.now();', 'Date.now'],
    ['const now = Date.now;', 'Date.now'],
    ['const d = new Date();', 'new Date()'],
    ['const d = Date();', 'Date()'],
    ['const r = Math.random();', 'Math.random'],
    ['const t = performance.now();', 'performance.now'],
    ['const t = globalThis.performance.now();', 'performance.now'],
    ['setTimeout(() => grow(), 5);', 'setTimeout'],
    ['const later = setTimeout;', 'setTimeout'],
    ['const clock = { setTimeout };', 'setTimeout'],
    ['class C { later = setInterval; }', 'setInterval'],
    ['globalThis.setImmediate(grow);', 'globalThis.setImmediate'],
    ['const id = crypto.randomUUID();', 'crypto.randomUUID'],
    ["import { randomUUID as id } from 'node:crypto';", 'randomUUID'],
    ["import { setTimeout as wait } from 'node:timers/promises';", 'node:timers/promises'],
    ["import { performance } from 'perf_hooks';", 'perf_hooks'],
    ["import { timer } from 'rxjs';", 'timer'],
    ["import { map, debounceTime as calm } from 'rxjs';", 'debounceTime'],
    ["import { delay } from 'rxjs/operators';", 'delay'],
    ['const signal = AbortSignal.timeout(5);', 'AbortSignal.timeout'],
  ])('refuses %s', (text, name) => {
    const found = check(`\n${text}`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('src/organs/tree/rules.ts:2: ');
    expect(found[0]).toContain(name);
  });

  it.each([
    'clock.setTimeout(grow, 5);',
    'interface Clock { setTimeout(run: () => void, ms: number): number; now(): number }',
    'const clock = { setTimeout: schedule };',
    'const at = new Date(clock.now()).toISOString();',
    "import { filter, map, Subject } from 'rxjs';",
    "import { createHash } from 'node:crypto';",
    '// Date.now and setTimeout are named in a comment only',
    "const text = 'Math.random()';",
  ])('lets %s pass', (text) => expect(check(text)).toEqual([]));

  it.each(['src/runtime/clock.ts', 'src/cli/main.ts', 'src/client/index.ts', 'test/unit/clock.spec.ts'])(
    'lets %s read the clock',
    (path) => expect(check('Date.now();', path)).toEqual([]),
  );
});

describe('importsFollowLayers', () => {
  const check = (path: string, specifier: string) =>
    findings(rules.importsFollowLayers, path, `import { x } from '${specifier}';`);

  it.each([
    ['src/contract/limits.ts', '../organs/tree/index.ts'],
    ['src/organs/tree/rules.ts', '../outbox/index.ts'],
    ['src/organs/tree/rules.ts', '../../actors/mailbox.ts'],
    ['src/actors/cell.ts', '../runtime/node.ts'],
    ['src/actors/cell.ts', '../receptors/files.ts'],
    ['src/receptors/files.ts', '../runtime/node.ts'],
    ['src/runtime/node.ts', '../cli/main.ts'],
    ['src/runtime/node.ts', '../client/index.ts'],
    ['src/client/index.ts', '../runtime/node.ts'],
    ['src/cli/main.ts', '../organs/tree/index.ts'],
    ['src/runtime/node.ts', '../index.ts'],
    ['src/runtime/node.ts', '../../test/fixture.ts'],
    ['src/organs/tree/rules.ts', 'peertree/client'],
    ['src/drawer/thing.ts', '../contract/limits.ts'],
  ])('refuses %s importing %s', (path, specifier) => expect(check(path, specifier)).toHaveLength(1));

  it.each([
    ['src/contract/limits.ts', './errors.ts'],
    ['src/organs/tree/rules.ts', './index.ts'],
    ['src/organs/tree/rules.ts', '../../contract/limits.ts'],
    ['src/actors/cell.ts', '../organs/tree/index.ts'],
    ['src/receptors/files.ts', '../actors/cell.ts'],
    ['src/runtime/simulation/index.ts', '../node.ts'],
    ['src/runtime/node.ts', '../receptors/files.ts'],
    ['src/cli/main.ts', '../runtime/node.ts'],
    ['src/cli/main.ts', '../client/index.ts'],
    ['src/cli/commands/genome.ts', '../../actors/genome.ts'],
    ['src/client/index.ts', '../contract/errors.ts'],
    ['src/index.ts', './runtime/node.ts'],
    ['src/organs/tree/machine.ts', 'xstate'],
    ['test/unit/tree.spec.ts', '../../src/organs/tree/rules.ts'],
  ])('lets %s import %s', (path, specifier) => expect(check(path, specifier)).toEqual([]));

  it.each([
    "export { x } from '../runtime/node.ts';",
    "const late = await import('../runtime/node.ts');",
    "type Late = import('../runtime/node.ts').Node;",
    "import type { Node } from '../runtime/node.ts';",
  ])('sees %s', (text) =>
    expect(findings(rules.importsFollowLayers, 'src/actors/cell.ts', text)).toEqual([
      'src/actors/cell.ts:1: actors may not import runtime (../runtime/node.ts)',
    ]),
  );
});

describe('namesSayTheNoun', () => {
  const check = (path: string) => findings(rules.namesSayTheNoun, path, '');

  it.each([
    'src/organs/tree/treeRules.ts',
    'src/organs/tree/Rules.ts',
    'test/unit/slot_map.spec.ts',
    'src/organs/tree/utils.ts',
    'src/runtime/helpers.spec.ts',
    'src/common/limits.ts',
    'test/misc/tree.spec.ts',
  ])('refuses %s', (path) => expect(check(path)).toHaveLength(1));

  it.each(['src/organs/tree/slot-map.ts', 'test/unit/slot-map.spec.ts', 'test/scenarios/kill-3.txt', 'README.md'])(
    'lets %s pass',
    (path) => expect(check(path)).toEqual([]),
  );
});

describe('noLeftovers', () => {
  const check = (text: string, path = 'src/a.ts') => findings(rules.noLeftovers, path, text);

  // Taken apart, so that this file passes the rule it tests.
  it.each([
    `// ${'TO' + 'DO'}: later`,
    `// ${'FIX' + 'ME'}`,
    `/* ${'X' + 'XX'} */`,
    `it.${'on' + 'ly'}('grows', grow);`,
    `describe.${'sk' + 'ip'}('grows', grow);`,
    `it.${'to' + 'do'}('grows');`,
    `// @ts-${'ig' + 'nore'}`,
    `// @ts-${'no' + 'check'}`,
    `// @ts-${'expect-' + 'error'} wrong on purpose`,
  ])('refuses %s', (text) => {
    expect(check(text)).toHaveLength(1);
    expect(check(text, 'test/unit/a.spec.ts')).toHaveLength(1);
  });

  it.each(['const only = 1;', 'it.skipIf(process.platform === "darwin")("mounts", run);', 'const todo = 2;'])(
    'lets %s pass',
    (text) => expect(check(text)).toEqual([]),
  );
});

describe('noEmptyCatch', () => {
  const check = (text: string) => findings(rules.noEmptyCatch, 'src/a.ts', text);

  it.each([
    'try { grow(); } catch {}',
    'try { grow(); } catch (error) { /* never mind */ }',
    'grow().catch(() => {});',
    'grow().catch(function ignore() {});',
  ])('refuses %s', (text) => expect(check(text)).toHaveLength(1));

  it.each(['try { grow(); } catch (error) { log.warn(error); }', 'grow().catch((error) => log.warn(error));'])(
    'lets %s pass',
    (text) => expect(check(text)).toEqual([]),
  );
});

describe('sourceFitsInTheHead', () => {
  const check = (lines: number, path = 'src/a.ts') => findings(rules.sourceFitsInTheHead, path, 'x;\n'.repeat(lines));

  it('takes a file at the limit and refuses one line more', () => {
    expect(check(rules.SOURCE_LINES_MAX)).toEqual([]);
    expect(check(rules.SOURCE_LINES_MAX + 1)).toHaveLength(1);
  });

  it('leaves tests as long as they need to be', () => {
    expect(check(rules.SOURCE_LINES_MAX + 1, 'test/unit/a.spec.ts')).toEqual([]);
  });
});

describe('noMachineTraces', () => {
  const check = (text: string, path = 'docs/a.md') => findings(rules.noMachineTraces, path, text);

  // Taken apart, so that this file passes the rule it tests.
  it.each([
    `cd ${'/wo' + 'rk/main'}`,
    `"${'/ro' + 'ot/.npmrc'}"`,
    `file=${'/ho' + 'me/ada/key.pem'}`,
    `${'/Us' + 'ers/ada/key.pem'}`,
    `see ${'https:' + '//registry.example.org/xstate'}`,
    `${'https:' + '//mirror.example.org/artifactory/api/'}`,
    `${'regis' + 'try'}=${'https:' + '//mirror.example.org/'}`,
    `"resol${'ved": "http'}s://mirror.example.org/x.tgz"`,
  ])('refuses %s', (text) => expect(check(text)).toHaveLength(1));

  it.each([
    'GET https://localhost:4400/organism',
    'https://www.npmjs.com/package/xstate',
    'omit-lockfile-registry-resolved=true',
    'a network/root/peer group',
    '~/organism/node-1/key.pem',
  ])('lets %s pass', (text) => expect(check(text)).toEqual([]));
});
