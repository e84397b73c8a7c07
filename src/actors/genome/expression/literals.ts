import type { Json } from '../../../contract/words.ts';
import { constant, counted, type Elaboration, POISON } from './elaboration.ts';
import type { Run, Scope, Typed } from './scope.ts';
import type { ASTNode } from './syntax.ts';
import { BOOLEAN, describeType, INTEGER, joinAll, NUMBER, type Type } from './type.ts';
import { checkKey, emptyMap } from './value.ts';

export function literal(elaboration: Elaboration, node: ASTNode & { op: 'value' }): Typed {
  const value = node.args;
  if (typeof value === 'string') return constant({ is: 'string', values: [value] }, value);
  if (typeof value === 'boolean') return constant(BOOLEAN, value);
  if (typeof value === 'number') return constant(NUMBER, value);
  if (value === null) return elaboration.wrong(node, "there is no 'null': every declared field has a value");
  if (typeof value !== 'bigint') {
    return elaboration.wrong(node, 'bytes and unsigned numbers are not part of these expressions');
  }
  const whole = Number(value);
  if (Number.isSafeInteger(whole)) return constant(INTEGER, whole);
  return elaboration.wrong(node, 'the whole number leaves the range of 2^53 - 1');
}

export function listLiteral(elaboration: Elaboration, node: ASTNode & { op: 'list' }, scope: Scope): Typed {
  const items = node.args.map((item) => elaboration.value(item, scope));
  const type = joinAll(items.map((item) => item.type));
  if (type === undefined) {
    const kinds = [...new Set(items.map((item) => describeType(item.type)))];
    return elaboration.wrong(node, `the items of a list have one type, these are ${kinds.join(' and ')}`);
  }
  const runs = items.map(({ run }) => run);
  return { type: { is: 'list', items: type }, run: counted((frame) => runs.map((run) => run(frame))) };
}

/** With names written there it is an object of these fields, else a map, whose values have one type. */
export function mapLiteral(elaboration: Elaboration, node: ASTNode & { op: 'map' }, scope: Scope): Typed {
  const keys = node.args.map(([key]) => keyLiteral(elaboration, key, scope));
  const values = node.args.map(([, value]) => elaboration.value(value, scope));
  const names = keys.map((key) => key.literal);
  const twice = names.findIndex((name, index) => name !== undefined && names.indexOf(name) < index);
  if (twice >= 0) return elaboration.wrong(node.args[twice]?.[0] ?? node, `'${names[twice]}' is given twice`);
  const type = typeOf(names, values);
  if (type === undefined) return elaboration.wrong(node, 'the values of a map with computed keys have one type');
  return { type, run: making(keys, values) };
}

function typeOf(names: readonly (Json | undefined)[], values: readonly Typed[]): Type | undefined {
  if (names.every((name) => typeof name === 'string')) {
    return { is: 'object', fields: new Map(names.map((name, index) => [name, values[index] ?? POISON])) };
  }
  const type = joinAll(values.map((value) => value.type));
  return type === undefined ? undefined : { is: 'map', values: type };
}

function making(keys: readonly Typed[], values: readonly Typed[]): Run {
  const entries = keys.map((key, index) => [key.run, values[index]?.run ?? POISON.run] as const);
  return counted((frame) => {
    const map = emptyMap();
    for (const [key, value] of entries) map[checkKey(key(frame) as string)] = value(frame);
    return map;
  });
}

function keyLiteral(elaboration: Elaboration, node: ASTNode, scope: Scope): Typed {
  const key = elaboration.value(node, scope);
  if (key.literal === '__proto__') return elaboration.wrong(node, "'__proto__' can't be a key");
  if (key.type.is === 'string' || key.type.is === 'wrong') return key;
  return elaboration.wrong(node, `a key is a string, this is ${describeType(key.type)}`);
}
