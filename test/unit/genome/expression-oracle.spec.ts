import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../src/actors/genome/expression/engine.ts';
import { compileExpression } from '../../../src/actors/genome/expression/expression.ts';
import { ExpressionFailure, Meter } from '../../../src/actors/genome/expression/meter.ts';
import { expressions, SCOPE, values } from './expression-terms.ts';

beforeAll(loadEngine);

/** CEL as the library evaluates it, without any bound. */
const library = new Environment().registerVariable({
  name: 'v',
  schema: {
    n: 'int',
    m: 'int',
    r: 'double',
    b: 'bool',
    s: 'string',
    t: 'string',
    xs: 'list<int>',
    ss: 'list<string>',
    tags: 'map<string, int>',
  },
});

/** What the library lets pass: comprehensions in each other without end, and two texts that are never equal. */
const REFUSED = /are nested$|is none of/;

/** `bounded`: only here are comprehensions nested so deep and no deeper, and whole numbers those that JSON carries. */
type Outcome = { readonly value: unknown } | 'fails' | 'bounded';

function ours(text: string, given: Record<string, unknown>): Outcome {
  const { expression, slips } = compileExpression(text, SCOPE);
  if (slips.length > 0 && slips.every(({ text: says }) => REFUSED.test(says))) return 'bounded';
  expect(slips, text).toEqual([]);
  try {
    return { value: plain(expression.evaluate([given as never], new Meter())) };
  } catch (error) {
    if (!(error instanceof ExpressionFailure)) throw error;
    return error.message.includes('leaves the range') ? 'bounded' : 'fails';
  }
}

function theirs(text: string, given: Record<string, unknown>): Outcome {
  try {
    return { value: plain(library.evaluate(text, { v: withBigInts(given) })) };
  } catch {
    return 'fails';
  }
}

/** Whole numbers are BigInt there, and numbers here. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === 0) return 0;
  return Array.isArray(value) ? value.map(plain) : value;
}

function withBigInts({ n, m, xs, tags, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const big = (value: unknown): bigint => BigInt(value as number);
  const entries = Object.entries(tags as Record<string, number>).map(([key, value]) => [key, big(value)]);
  return { ...rest, n: big(n), m: big(m), xs: (xs as number[]).map(big), tags: Object.fromEntries(entries) };
}

describe('an expression', () => {
  it('means what it means in CEL: the library that reads it gives the same, value or failure', () => {
    let compared = 0;
    const property = fc.property(expressions, values, (text, given) => {
      const mine = ours(text, given);
      if (mine === 'bounded') return;
      compared += 1;
      expect(mine, text).toEqual(theirs(text, given));
    });
    fc.assert(property, { numRuns: 1_500, seed: 20_260_101 });
    expect(compared).toBeGreaterThan(1_300);
  });
});
