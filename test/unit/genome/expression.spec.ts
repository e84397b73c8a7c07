import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../src/actors/genome/expression/engine.ts';
import { compileExpression } from '../../../src/actors/genome/expression/expression.ts';
import { ExpressionFailure, Meter } from '../../../src/actors/genome/expression/meter.ts';
import { Scope } from '../../../src/actors/genome/expression/scope.ts';
import {
  BOOLEAN,
  describeType,
  INTEGER,
  JSON_VALUE,
  NUMBER,
  objectOf,
  STRING,
  type Type,
} from '../../../src/actors/genome/expression/type.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Json } from '../../../src/contract/words.ts';

beforeAll(loadEngine);

const place = objectOf({ lat: NUMBER, lon: NUMBER });
const types: { [name: string]: Type } = {
  context: objectOf({
    votes: INTEGER,
    title: STRING,
    mean: NUMBER,
    open: BOOLEAN,
    tags: { is: 'map', values: INTEGER },
    marks: { is: 'list', items: INTEGER },
    colour: { is: 'string', values: ['red', 'green'] },
    place,
    raw: JSON_VALUE,
  }),
  now: INTEGER,
};
const scope = Scope.of(types);
const values: Json[] = [
  {
    votes: 3,
    title: 'a ü 😀',
    mean: 1.5,
    open: true,
    tags: { a: 1, b: 2 },
    marks: [3, 1, 2],
    colour: 'red',
    place: { lat: 1, lon: 2 },
    raw: { any: [1] },
  },
  1_000,
];

/** The value of an expression, or why it has none. */
function run(text: string): unknown {
  const { expression, slips } = compileExpression(text, scope);
  expect(slips, text).toEqual([]);
  try {
    return expression.evaluate(values, new Meter());
  } catch (error) {
    if (error instanceof ExpressionFailure) return error.message;
    throw error;
  }
}

/** What is wrong with an expression: its part, the sentence, and what was meant. */
function wrongs(text: string, wanted?: Type): string[] {
  return compileExpression(text, scope, wanted).slips.map(({ start, end, text: says, meant }) => {
    return `${text.slice(start, end)}: ${says}${meant === undefined ? '' : ` (${meant}?)`}`;
  });
}

describe('an expression', () => {
  it.each([
    ['context.votes + 1', 4],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['-4 % 2', 0],
    ['context.mean * 2.0', 3],
    ['context.votes > context.mean', true],
    ['context.mean == 1 || 1 in [1.0]', true],
    ['context.place', { lat: 1, lon: 2 }],
    ['context["votes"]', 3],
    ['context.tags["a"] + context.tags.b', 3],
    ['"c" in context.tags', false],
    ['2 in context.marks', true],
    ['has(context.tags.a) && !has(context.tags.c)', true],
    ['context.marks.filter(mark, mark > 1).map(mark, mark * 10)', [30, 20]],
    ['context.marks.map(mark, mark > 1, mark)', [3, 2]],
    ['context.marks.exists_one(mark, mark == 2)', true],
    ['context.tags.map(tag, context.tags[tag]).sum()', 3],
    ['cel.bind(double, context.votes * 2, double + double)', 12],
    ['context.tags.with("c", 3).without("a")', { b: 2, c: 3 }],
    ['context.tags.without("z").size()', 2],
    ['[1, 2, 3, 4].slice(-2, 9)', [3, 4]],
    ['[].sum() + [0.5, 1.0].map(x, 1).sum()', 2],
    ['[0.5, 1.0].sum()', 1.5],
    ['min(2, 1) + max(1, 2)', 3],
    ['size(context.title)', 5],
    ['context.title.substring(2, 3)', 'ü'],
    ['context.title.substring(4)', '😀'],
    ['context.title.indexOf("😀")', 4],
    ['context.title.upperAscii()', 'A ü 😀'],
    ['context.title.matches("^a .")', true],
    ['"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$")', false],
    ['int("12") + int(2.9) + int(-2.9)', 12],
    ['string(12) + string(1.5) + string(true)', '121.5true'],
    ['double("1e2")', 100],
    ['context.open ? {"votes": context.votes, "title": "x"} : {"votes": 0, "title": ""}', { votes: 3, title: 'x' }],
    ['{context.colour: 1}', { red: 1 }],
    // A side that decides does so even where the other one fails.
    ['1 / 0 > 0 || true', true],
    ['false && 1 / 0 > 0', false],
    ['context.marks.exists(mark, 1 / (mark - 1) > 0)', true],
  ])('%s is %j', (text, value) => expect(run(text)).toEqual(value));

  it.each([
    ['1 / 0', 'division by zero'],
    ['1 % 0', 'division by zero'],
    ['context.tags.c', "there is no key 'c' in the map"],
    ['context.marks[3]', 'there is no item 3 in a list of 3'],
    ['context.marks[-1]', 'there is no item -1 in a list of 3'],
    ['9007199254740991 + 1', 'the whole number leaves the range of 2^53 - 1'],
    ['-9007199254740991 - 1', 'the whole number leaves the range of 2^53 - 1'],
    ['94906267 * 94906267', 'the whole number leaves the range of 2^53 - 1'],
    ['int(1e300)', 'the whole number leaves the range of 2^53 - 1'],
    ['int("12x")', 'the text is no whole number'],
    ['double("0x1")', 'the text is no number'],
    ['"abc".substring(2, 1)', 'there are no characters 2 to 1 in a text of 3'],
    ['context.tags.with("__" + "proto__", 1)', "'__proto__' can't be a key"],
    ['{"__" + "proto__": 1}', "'__proto__' can't be a key"],
    ['1 / 0 > 0 || false', 'division by zero'],
    ['context.marks.all(mark, 1 / (mark - 1) < 2)', 'division by zero'],
  ])('%s fails: %s', (text, why) => expect(run(text)).toBe(why));

  it('divides whole numbers exactly, as far as JSON carries them', () => {
    const whole = fc.oneof(fc.integer(), fc.maxSafeInteger());
    const property = fc.property(whole, whole, (left, right) => {
      fc.pre(right !== 0);
      const { expression } = compileExpression('[a / b, a % b]', Scope.of({ a: INTEGER, b: INTEGER }));
      const exact = [Number(BigInt(left) / BigInt(right)), Number(BigInt(left) % BigInt(right))];
      expect(expression.evaluate([left, right], new Meter())).toEqual(exact);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('changes nothing that it is given, and knows nothing of a prototype', () => {
    const frozen = Object.freeze({ tags: Object.freeze({ a: 1 }) }) as unknown as Json;
    const given = Scope.of({ context: objectOf({ tags: { is: 'map', values: INTEGER } }) });
    const { expression } = compileExpression('context.tags.with("b", 2)', given);
    expect(expression.evaluate([frozen], new Meter())).toEqual({ a: 1, b: 2 });
    const inherited = compileExpression('has(context.tags.toString) || "valueOf" in context.tags', given);
    expect(inherited.expression.evaluate([frozen], new Meter())).toBe(false);
  });
});

describe('a slip in an expression', () => {
  it.each([
    [
      'context.voes',
      "voes: there is no field 'voes' in {votes, title, mean, open, tags, marks, colour, place, raw} (votes?)",
    ],
    ['contxt.votes', "contxt: unknown name 'contxt', must be one of context, now (context?)"],
    ['sise(context.title)', "sise: there is no function 'sise', only size, int, double, string, min, max, has (size?)"],
    [
      'contains("a")',
      "contains: there is no function 'contains', only size, int, double, string, min, max, has; 'contains' is called on a value, as in x.contains(...)",
    ],
    ['context.title.contain("a")', /^contain: there is no method 'contain', only .* [(]contains[?][)]$/],
    ['context.marks.filtr(x, true)', /^filtr: there is no method 'filtr', .* [(]filter[?][)]$/],
    ['cel.bnd(x, 1, x)', 'cel.bnd(x, 1, x): there is only cel.bind(name, value, expression) (bind?)'],
    ['context.votes + "1"', 'context.votes + "1": there is no integer + string (\'1\')'],
    [
      'context.votes * 1.5',
      'context.votes * 1.5: there is no integer * number: numbers of two kinds are made one by double(...) or int(...)',
    ],
    ['context.raw == context.raw', 'context.raw == context.raw: there is no json == json'],
    ['context.raw.any', "any: json can't be looked into; declare its fields to read 'any'"],
    ['context.votes.x', "x: integer has no fields, so no 'x'"],
    ['context.colour == "gren"', "\"gren\": 'gren' is none of 'red', 'green' (green?)"],
    ['context.colour in ["red", "bleu"]', "[\"red\", \"bleu\"]: 'bleu' is none of 'red', 'green'"],
    ['[1, "a"]', '[1, "a"]: the items of a list have one type, these are integer and string (\'a\')'],
    ['{"a": 1, "a": 2}', '"a": \'a\' is given twice'],
    ['{"__proto__": 1}', "\"__proto__\": '__proto__' can't be a key"],
    ['{1: 2}', '1: a key is a string, this is integer'],
    [
      'context.open ? 1 : "a"',
      "context.open ? 1 : \"a\": the two sides of '?:' have one type, these are integer and string ('a')",
    ],
    ['context.votes ? 1 : 2', 'context.votes: this is integer, must be boolean'],
    ['!context.votes', '!context.votes: there is no !integer'],
    ['has(context.votes)', 'context.votes: has(...) is for maps: a declared field is always there'],
    ['context.title.matches("(")', 'matches: not a pattern of RE2: missing closing ): `(`'],
    [
      'context.title.matches(context.title)',
      'matches: takes string.matches(pattern), the pattern written there as a text',
    ],
    ['context.marks.all(1, true)', /invalid predicate iteration variable/],
    ['context.votes.all(x, true)', 'all: integer is neither a list nor a map'],
    ['null', "null: there is no 'null': every declared field has a value"],
    ['b"x"', 'b"x": bytes and unsigned numbers are not part of these expressions'],
    ['1u', '1u: bytes and unsigned numbers are not part of these expressions'],
    ['9007199254740992', '9007199254740992: the whole number leaves the range of 2^53 - 1'],
    ['timestamp("2026-01-01T00:00:00Z")', /there is no function 'timestamp'/],
    ['1 +', ': not an expression: unexpected token: the end'],
    ['(1', ": not an expression: expected ')', got the end"],
    ['if', 'if: not an expression: reserved identifier: if'],
    [' ', ': the expression is empty'],
  ])('%s', (text, says) => {
    const found = wrongs(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toEqual(typeof says === 'string' ? says : expect.stringMatching(says));
  });

  it('is told with all others of the expression at once, and what follows from it is not', () => {
    expect(wrongs('contxt.a + context.voes * sise(context.tilte)')).toEqual([
      expect.stringContaining("unknown name 'contxt'"),
      expect.stringContaining("no field 'voes'"),
      expect.stringContaining("no field 'tilte'"),
      expect.stringContaining("no function 'sise'"),
    ]);
  });

  it('is a value of another type than is wanted, shown where it is', () => {
    expect(wrongs('context.title', INTEGER)).toEqual(['context.title: this is string, must be integer']);
    expect(wrongs('context.votes', NUMBER)).toEqual([]);
    expect(wrongs('{"lat": 1.5, "lno": 2.5}', place)).toEqual([
      '"lno": there is no field \'lno\', only lat, lon (lon?)',
    ]);
    expect(wrongs('{"lat": 1.5, "lon": true}', place)).toEqual([
      '"lon": of the field \'lon\': this is boolean, must be number',
    ]);
    expect(wrongs('{"lat": 1.5}', place)).toEqual(['{"lat": 1.5}: this is {lat}, must be {lat, lon}']);
    expect(wrongs('"blue"', { is: 'string', values: ['red', 'green'] })).toEqual([
      "\"blue\": 'blue' is none of 'red', 'green'",
    ]);
  });
});

describe('the type of an expression', () => {
  it.each([
    ['context.votes + 1', 'integer'],
    ['context.marks.map(x, string(x))', 'list of string'],
    ['{"a": 1, "b": "x"}', '{a, b}'],
    ['{context.title: 1}', 'map of integer'],
    ['[]', 'list of nothing'],
    ['context.marks + []', 'list of integer'],
    ['context.open ? "red" : "green"', "string ('red', 'green')"],
    ['context.open ? {"a": 1} : {}', 'map of integer'],
    ['context.tags.with("c", 1)', 'map of integer'],
  ])('%s is %s', (text, type) => expect(describeType(compileExpression(text, scope).expression.type)).toBe(type));
});

describe('a bound of expressions', () => {
  const deep = (levels: number): string => `${'('.repeat(levels)}1${')'.repeat(levels)}`;
  const nested = (levels: number): string =>
    Array.from({ length: levels }, (_, level) => level).reduce(
      (inner, level) => `[1].all(x${level}, ${inner})`,
      'true',
    );

  it.each([
    ['text', `"${'x'.repeat(LIMITS.expressionTextMax - 2)}"`, `"${'x'.repeat(LIMITS.expressionTextMax - 1)}"`],
    [
      'parts',
      Array(LIMITS.expressionNodesMax / 2)
        .fill('1')
        .join('+'),
      Array(LIMITS.expressionNodesMax / 2 + 1)
        .fill('1')
        .join('+'),
    ],
    ['depth', deep(LIMITS.expressionDepthMax - 1), deep(LIMITS.expressionDepthMax)],
    ['nesting', nested(LIMITS.expressionNestingMax), nested(LIMITS.expressionNestingMax + 1)],
    [
      'pattern',
      `"".matches("${'x'.repeat(LIMITS.patternTextMax)}")`,
      `"".matches("${'x'.repeat(LIMITS.patternTextMax + 1)}")`,
    ],
    ['pattern program', '"".matches("a{497}")', '"".matches("a{499}")'],
  ])('holds for its %s, and one past it is told', (_what, good, bad) => {
    expect(wrongs(good)).toEqual([]);
    expect(wrongs(bad)).toHaveLength(1);
  });
});
