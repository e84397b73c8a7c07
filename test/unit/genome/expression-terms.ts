import fc from 'fast-check';
import { Scope } from '../../../src/actors/genome/expression/scope.ts';
import { BOOLEAN, INTEGER, NUMBER, objectOf, STRING, type Type } from '../../../src/actors/genome/expression/type.ts';
import type { Json } from '../../../src/contract/words.ts';

/** Well-typed expressions at random, and values for the names in them. */

/** What the expressions of the tests may name. */
export const NAMES: { readonly [field: string]: Type } = {
  n: INTEGER,
  m: INTEGER,
  r: NUMBER,
  b: BOOLEAN,
  s: STRING,
  t: STRING,
  xs: { is: 'list', items: INTEGER },
  ss: { is: 'list', items: STRING },
  tags: { is: 'map', values: INTEGER },
};

export const SCOPE = Scope.of({ v: objectOf(NAMES) });

const words = fc.stringMatching(/^[a-c]{0,4}$/);
const small = fc.integer({ min: -9, max: 9 });

export const values: fc.Arbitrary<{ [name: string]: Json }> = fc.record({
  n: small,
  m: small,
  // Halves are exact, so that sums don't depend on their order.
  r: small.map((whole) => whole / 2),
  b: fc.boolean(),
  s: words,
  t: words,
  xs: fc.array(small, { maxLength: 4 }),
  ss: fc.array(words, { maxLength: 4 }),
  tags: fc.dictionary(fc.constantFrom('a', 'b', 'c'), small),
});

type Text = fc.Arbitrary<string>;

/** No interface: the library asks for a type with an index. */
type Terms = {
  readonly integer: string;
  readonly number: string;
  readonly boolean: string;
  readonly string: string;
  readonly integers: string;
  readonly strings: string;
};

const literal = (text: string): string => JSON.stringify(text);

/** Names of the comprehensions, by depth: an inner one may use those around it. */
const BOUND = ['x', 'y', 'z'];

/** Expressions of each type; `bound` are the integer names that comprehensions around have made. */
const { integer, number, boolean, string, integers, strings } = fc.letrec<Terms>((tie) => {
  const i = tie('integer');
  const n = tie('number');
  const b = tie('boolean');
  const s = tie('string');
  const is = tie('integers');
  const ss = tie('strings');
  const term = (parts: readonly (string | Text)[]): Text =>
    fc
      .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
      .map((texts) => texts.join(''));
  const of = (operator: Text, left: Text, right: Text): Text => term(['(', left, ' ', operator, ' ', right, ')']);
  const bind = (list: Text, method: string, body: Text): Text =>
    fc.tuple(fc.constantFrom(...BOUND), list, body).map(([name, range, inner]) => {
      // The name takes the place of a variable, so that the body depends on the item.
      const own = method === 'filter' || range.includes('v.ss') ? 'v.n' : name;
      return `${range}.${method}(${name}, ${inner.replace(/\bv\.n\b/, own)})`;
    });
  return {
    integer: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'terms' },
      fc.constantFrom('v.n', 'v.m', 'v.tags.a', 'v.tags["b"]', 'v.xs[0]', 'v.xs[1]'),
      small.map((value) => (value < 0 ? `(${value})` : `${value}`)),
      of(fc.constantFrom('+', '-', '*', '/', '%'), i, i),
      term(['(-', i, ')']),
      term(['size(', s, ')']),
      term([is, '.size()']),
      term([s, '.indexOf(', s, ')']),
      term([s, '.lastIndexOf(', s, ')']),
      term(['int(', n, ')']),
      term(['(', b, ' ? ', i, ' : ', i, ')']),
      term(['cel.bind(q, ', i, ', q + q * ', i, ')']),
    ),
    number: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'terms' },
      fc.constantFrom('v.r', '0.5', '2.0'),
      of(fc.constantFrom('+', '-', '*'), n, n),
      term(['double(', i, ')']),
      term(['(-', n, ')']),
    ),
    boolean: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'terms' },
      fc.constantFrom('v.b', 'true', 'false', 'has(v.tags.c)', '("a" in v.tags)'),
      of(fc.constantFrom('<', '<=', '>', '>=', '==', '!='), i, i),
      of(fc.constantFrom('<', '<=', '>', '>='), i, n),
      of(fc.constantFrom('<', '==', '!='), s, s),
      of(fc.constantFrom('==', '!='), is, is),
      of(fc.constantFrom('&&', '||'), b, b),
      of(fc.constant('in'), i, is),
      of(fc.constant('in'), s, ss),
      term(['!', b]),
      term([s, fc.constantFrom('.contains(', '.startsWith(', '.endsWith('), s, ')']),
      ...['all', 'exists', 'exists_one'].map((method) => bind(is, method, b)),
    ),
    string: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'terms' },
      fc.constantFrom('v.s', 'v.t', 'v.ss[0]'),
      words.map(literal),
      of(fc.constant('+'), s, s),
      term(['string(', i, ')']),
      term([s, '.upperAscii().lowerAscii()']),
      term([s, '.substring(', i, ')']),
      term([s, '.substring(', i, ', ', i, ')']),
      term([ss, '.join("-")']),
      term([s, '.trim()']),
    ),
    integers: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'terms' },
      fc.constant('v.xs'),
      term(['[', i, ', ', i, ']']),
      of(fc.constant('+'), is, is),
      bind(is, 'filter', b),
      bind(is, 'map', i),
    ),
    strings: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'terms' },
      fc.constant('v.ss'),
      term(['[', s, ']']),
      term([s, '.split("a")']),
      bind(ss, 'filter', b),
    ),
  };
});

/** An expression of any of the types. */
export const expressions: fc.Arbitrary<string> = fc.oneof(integer, number, boolean, string, integers, strings);
