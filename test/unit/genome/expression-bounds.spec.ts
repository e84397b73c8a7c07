import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../src/actors/genome/expression/engine.ts';
import { compileExpression } from '../../../src/actors/genome/expression/expression.ts';
import { ExpressionFailure, Meter, OutOfSteps } from '../../../src/actors/genome/expression/meter.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Json } from '../../../src/contract/words.ts';
import { expressions, SCOPE } from './expression-terms.ts';

beforeAll(loadEngine);

/** As large as a genome may let values be. A step takes about 0.1 to 0.3 microseconds, whatever it is a step of. */
const LARGE: { [name: string]: Json } = {
  n: 3,
  m: 7,
  r: 1.5,
  b: true,
  s: 'a'.repeat(LIMITS.textLengthMax),
  t: `${'a'.repeat(LIMITS.textLengthMax / 2)}b`,
  xs: Array.from({ length: LIMITS.listItemsMax }, (_, index) => index),
  ss: Array.from({ length: LIMITS.listItemsMax }, (_, index) => `${'a'.repeat(60)}${index}`),
  tags: Object.fromEntries(Array.from({ length: LIMITS.mapEntriesMax }, (_, index) => [`k${index}`, index])),
};

/** What an evaluation comes to, and what it took. */
function outcome(
  text: string,
  values: Json = LARGE,
): { readonly ended: string; readonly spent: number; readonly value?: Json } {
  const { expression, slips } = compileExpression(text, SCOPE);
  expect(slips, text).toEqual([]);
  const meter = new Meter();
  try {
    const value = expression.evaluate([values], meter);
    return { ended: 'value', spent: meter.spent, value };
  } catch (error) {
    if (error instanceof OutOfSteps) return { ended: 'out of steps', spent: meter.spent };
    if (error instanceof ExpressionFailure) return { ended: 'failure', spent: meter.spent };
    throw error;
  }
}

describe('an expression that would run for long', () => {
  it.each([
    ['turns in turns in turns', 'v.xs.map(x, v.xs.map(y, v.xs.map(z, x + y + z)))'],
    ['turns that decide nothing', 'v.xs.all(x, v.xs.all(y, v.xs.exists(z, z < 0) || true))'],
    ['a search for half of a text in it', 'v.s.contains(v.t)'],
    ['many searches', 'v.ss.exists(x, v.s.contains(x + "b"))'],
    [
      'texts that double',
      'cel.bind(a, v.s + v.s, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, cel.bind(e, d + d, e + e)))))',
    ],
    [
      'an equality of lists that share their parts',
      'cel.bind(a, [v.xs, v.xs], cel.bind(b, [a, a], cel.bind(c, [b, b], cel.bind(d, [c, c], cel.bind(e, [d, d], [e, e] == [[d, d], [d, d]])))))',
    ],
    ['copies of a map', 'v.xs.map(x, v.tags.with(string(x), x)).size() > 0'],
    ['copies of a list', 'v.xs.map(x, v.xs + [x]).size() > 0'],
    ['texts that are taken apart', 'v.xs.map(x, v.s.split("a").size()).sum() > 0'],
    ['texts that are put together', 'v.ss.map(x, v.ss.join(x)).size() > 0'],
    ['a pattern that backtracks elsewhere', 'v.ss.exists(x, (x + x + x).matches("^(a+)+$"))'],
    ['a large pattern', 'v.ss.exists(x, x.matches("(a?){90}a{90}b"))'],
    ['failures that are caught', 'v.xs.all(x, v.xs.all(y, 1 / 0 > 0 || true))'],
    ['memberships', 'v.ss.all(x, x in v.ss)'],
    ['slices', 'v.xs.all(x, v.xs.slice(0, 1000).size() == 1000)'],
    ['sums', 'v.xs.all(x, v.xs.sum() > 0)'],
    ['letters that are changed', 'v.xs.all(x, v.s.upperAscii().size() > 0)'],
    ['letters that are counted', 'v.xs.all(x, size(v.s) > 0)'],
    ['texts that are compared', 'v.xs.all(x, v.s + "" <= v.s)'],
  ])('%s ends when its steps do', (_what, text) => {
    const { ended, spent } = outcome(text);
    expect(ended).toBe('out of steps');
    // The last operation alone may go beyond, and is not begun.
    expect(spent).toBeGreaterThan(LIMITS.expressionStepsMax);
  });

  it('is not saved by a side that would have decided', () => {
    expect(outcome('v.s.contains(v.t) || true').ended).toBe('out of steps');
    expect(outcome('v.xs.exists(x, v.s.contains(v.t) || x == 999)').ended).toBe('out of steps');
  });
});

describe('the steps of an operation', () => {
  const text = (length: number): Json => ({ ...LARGE, s: 'a'.repeat(length), t: 'b' });
  const list = (length: number): Json => ({
    ...LARGE,
    xs: Array(length).fill(1),
    ss: Array(length).fill('a'),
    tags: Object.fromEntries(Array.from({ length }, (_, index) => [`${index}`, 1])),
  });

  it.each([
    'size(v.s)',
    'v.s + v.t',
    'v.s.contains(v.t)',
    'v.s.startsWith(v.t)',
    'v.s.indexOf(v.t)',
    'v.s.lastIndexOf(v.t)',
    'v.s.substring(1)',
    'v.s.upperAscii()',
    'v.s.trim()',
    'v.s.split("a")',
    'v.s == v.s + ""',
    'v.s < v.s + ""',
    'v.s.matches("b")',
    '[v.s].join("")',
  ])('%s are as many as its text is long', (expression) => {
    const [short, long] = [outcome(expression, text(1_000)).spent, outcome(expression, text(9_000)).spent];
    // At least one for 64 letters, whatever is done with them.
    expect(long - short).toBeGreaterThanOrEqual(8_000 / 64);
  });

  it.each([
    'v.xs + v.xs',
    'v.xs == v.xs + []',
    '2 in v.xs',
    'v.xs.map(x, x)',
    'v.xs.filter(x, true)',
    'v.xs.all(x, true)',
    'v.xs.exists(x, false)',
    'v.xs.exists_one(x, false)',
    'v.xs.slice(0, 1000)',
    'v.xs.sum()',
    'v.ss.join("")',
    'v.tags.with("x", 1)',
    'v.tags.without("x")',
    'v.tags.map(k, k)',
  ])('%s are as many as its list is long', (expression) => {
    const [short, long] = [outcome(expression, list(100)).spent, outcome(expression, list(900)).spent];
    expect(long - short).toBeGreaterThanOrEqual(800);
  });
});

describe('any expression that is accepted', () => {
  it('ends within its steps on the largest values, with a result no larger than they allow', () => {
    const sizeOf = (value: Json): number => {
      if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item as Json), 1);
      return typeof value === 'object' && value !== null ? Object.keys(value).length : 1;
    };
    const property = fc.property(expressions, (text) => {
      const { slips } = compileExpression(text, SCOPE);
      fc.pre(slips.length === 0);
      const { ended, spent, value } = outcome(text);
      expect(ended === 'out of steps').toBe(spent > LIMITS.expressionStepsMax);
      if (value === undefined) return;
      const parts = sizeOf(value);
      // A value that is there already costs nothing to hand on.
      if (parts > LIMITS.listItemsMax + 1) expect(spent).toBeGreaterThanOrEqual(parts - LIMITS.listItemsMax - 1);
    });
    fc.assert(property, { numRuns: 300, seed: 7 });
  });
});
