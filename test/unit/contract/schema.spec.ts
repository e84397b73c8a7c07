import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { count, either, id, listOf, nothing, oneOf, shape, shardHash, text } from '../../../src/contract/schema.ts';
import type { Json, JsonObject } from '../../../src/contract/words.ts';

const ajv = new Ajv({ strict: true });
const takes = (schema: JsonObject, value: Json): boolean => ajv.validate(schema, value);

describe('the schemas of message bodies', () => {
  it('closes objects and requires every field that has no question mark', () => {
    const schema = shape({ name: text(3), 'note?': text(2) });
    expect(takes(schema, { name: 'abc' })).toBe(true);
    expect(takes(schema, { name: 'abc', note: 'ab' })).toBe(true);
    expect(takes(schema, { note: 'ab' })).toBe(false);
    expect(takes(schema, { name: 'abc', other: 1 })).toBe(false);
    expect(takes(schema, { name: 'abcd' })).toBe(false);
    expect(takes(schema, null)).toBe(false);
    expect(takes(schema, [])).toBe(false);
  });

  it('counts with whole numbers that every JSON reader keeps', () => {
    for (const good of [0, 1, Number.MAX_SAFE_INTEGER]) expect(takes(count, good)).toBe(true);
    for (const bad of [-1, 0.5, 2 ** 53, '1', null]) expect(takes(count, bad)).toBe(false);
  });

  it('takes ids and hashes of exactly one spelling', () => {
    const node = `${'a'.repeat(51)}q`;
    expect(takes(id, node)).toBe(true);
    for (const bad of [node.slice(1), node.toUpperCase(), `${node}a`, `1${node.slice(1)}`]) {
      expect(takes(id, bad)).toBe(false);
    }
    expect(takes(shardHash, 'a'.repeat(64))).toBe(true);
    expect(takes(shardHash, 'A'.repeat(64))).toBe(false);
  });

  it('bounds lists at their limit and offers alternatives', () => {
    const schema = either(nothing, listOf(oneOf('a', 'b'), 2));
    for (const good of [null, [], ['a'], ['a', 'b']]) expect(takes(schema, good)).toBe(true);
    for (const bad of [['a', 'b', 'a'], ['c'], 'a', {}]) expect(takes(schema, bad)).toBe(false);
  });
});
