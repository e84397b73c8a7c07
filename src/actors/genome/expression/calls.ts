import { LIMITS } from '../../../contract/limits.ts';
import { nearest } from '../../../contract/nearest.ts';
import { hasKey } from './access.ts';
import { binding, existsOne, filtering, mapping, quantifier, type Turn } from './comprehensions.ts';
import { counted, type Elaboration, POISON } from './elaboration.ts';
import { FUNCTIONS, type Overload } from './functions.ts';
import { METHODS } from './methods.ts';
import { compilePattern } from './pattern.ts';
import type { Scope, Typed } from './scope.ts';
import type { ASTNode, Span } from './syntax.ts';
import { BOOLEAN, describeType, STRING, type Type } from './type.ts';

const COMPREHENSIONS: readonly string[] = ['all', 'exists', 'exists_one', 'filter', 'map'];

/** `name(...)`. */
export function functionCall(elaboration: Elaboration, node: ASTNode & { op: 'call' }, scope: Scope): Typed {
  const [name, args] = node.args;
  if (name === 'has') return hasKey(elaboration, args, node, scope);
  const overloads = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  const given = args.map((arg) => elaboration.value(arg, scope));
  const span = { start: node.start, end: node.start + name.length };
  if (overloads !== undefined) return applied(elaboration, overloads, given, span);
  const known = [...Object.keys(FUNCTIONS), 'has'];
  const isMethod = Object.hasOwn(METHODS, name) || COMPREHENSIONS.includes(name);
  const hint = isMethod ? `; '${name}' is called on a value, as in x.${name}(...)` : '';
  return elaboration.wrong(
    span,
    `there is no function '${name}', only ${known.join(', ')}${hint}`,
    nearest(name, known),
  );
}

/** `value.name(...)`. */
export function methodCall(elaboration: Elaboration, node: ASTNode & { op: 'rcall' }, scope: Scope): Typed {
  const [name, owner, args] = node.args;
  if (owner.op === 'id' && owner.args === 'cel') return celCall(elaboration, node, scope);
  // The library says where the call begins; the name is the first one behind its owner.
  const start = elaboration.text.indexOf(name, owner.end);
  const span = { start, end: start + name.length };
  const method = knownMethod(elaboration, name, span);
  if (COMPREHENSIONS.includes(method)) return comprehension(elaboration, method, node, span, scope);
  const given = [owner, ...args].map((arg) => elaboration.value(arg, scope));
  if (method !== name) return POISON;
  return name === 'matches'
    ? matching(elaboration, given, span)
    : applied(elaboration, METHODS[name] ?? [], given, span);
}

/** The name of a method; of a misspelt one what was meant, so that names in its arguments are checked as such. */
function knownMethod(elaboration: Elaboration, name: string, span: Span): string {
  const known = [...Object.keys(METHODS), 'matches', ...COMPREHENSIONS];
  if (known.includes(name)) return name;
  const meant = nearest(name, known);
  elaboration.wrong(span, `there is no method '${name}', only ${known.join(', ')}`, meant);
  return meant ?? '';
}

function applied(elaboration: Elaboration, overloads: readonly Overload[], given: readonly Typed[], span: Span): Typed {
  const types = given.map(({ type }) => type);
  for (const { gives, does } of overloads) {
    const type = gives(types);
    if (type === undefined) continue;
    const runs = given.map(({ run }) => run);
    const evaluate = counted((frame) => {
      const values = runs.map((run) => run(frame));
      return does(values, frame.meter, type);
    });
    return { type, run: evaluate };
  }
  if (types.some(({ is }) => is === 'wrong')) return POISON;
  const takes = overloads.map(({ signature }) => signature).join(' or ');
  return elaboration.wrong(span, `takes ${takes}, not (${types.map(describeType).join(', ')})`);
}

/** The pattern must be known, so that it is compiled once, and what is wrong with it is told here. */
function matching(elaboration: Elaboration, given: readonly Typed[], span: Span): Typed {
  const [text, source] = given;
  const isText = text?.type.is === 'string' || text?.type.is === 'wrong';
  if (!isText || typeof source?.literal !== 'string' || given.length > 2) {
    return elaboration.wrong(span, 'takes string.matches(pattern), the pattern written there as a text');
  }
  const compiled = compilePattern(source.literal);
  if ('wrong' in compiled) return elaboration.wrong(span, compiled.wrong);
  const { pattern } = compiled;
  return { type: BOOLEAN, run: counted((frame) => pattern.test(text.run(frame) as string, frame.meter)) };
}

/** `cel.bind(name, value, expression)` computes the value once for all its uses. */
function celCall(elaboration: Elaboration, node: ASTNode & { op: 'rcall' }, scope: Scope): Typed {
  const [method, , [name, value, body, ...more]] = node.args;
  if (method !== 'bind' || name?.op !== 'id' || value === undefined || body === undefined || more.length > 0) {
    return elaboration.wrong(node, 'there is only cel.bind(name, value, expression)', nearest(method, ['bind']));
  }
  const bound = elaboration.value(value, scope);
  const { scope: inner, slot } = scope.inside(name.args, bound.type, false);
  const { type, run } = elaboration.part(body, inner);
  return { type, run: counted(binding(slot, bound.run, run)) };
}

function comprehension(
  elaboration: Elaboration,
  name: string,
  node: ASTNode & { op: 'rcall' },
  span: Span,
  scope: Scope,
): Typed {
  const [, owner, [variable, ...bodies]] = node.args;
  const last = bodies.at(-1);
  const isLong = name === 'map' && bodies.length === 2;
  if (variable?.op !== 'id' || last === undefined || bodies.length > (isLong ? 2 : 1)) {
    const long = name === 'map' ? ' or list.map(name, condition, expression)' : '';
    return elaboration.wrong(span, `takes list.${name}(name, expression)${long}`);
  }
  if (scope.nesting >= LIMITS.expressionNestingMax) {
    const most = `at most ${LIMITS.expressionNestingMax} of ${COMPREHENSIONS.join(', ')} are nested`;
    return elaboration.wrong(span, most);
  }
  const range = elaboration.part(owner, scope);
  const item = itemType(elaboration, range.type, span);
  const { scope: inner, slot } = scope.inside(variable.args, item, true);
  const condition = isLong ? elaboration.condition(bodies[0] ?? last, inner) : undefined;
  const body = name === 'map' ? elaboration.value(last, inner) : elaboration.condition(last, inner);
  return evaluated(name, { range: range.run, slot, body: body.run }, item, body, condition);
}

function evaluated(name: string, turn: Turn, item: Type, body: Typed, condition: Typed | undefined): Typed {
  switch (name) {
    case 'map':
      return { type: { is: 'list', items: body.type }, run: counted(mapping(turn, condition?.run)) };
    case 'filter':
      return { type: { is: 'list', items: item }, run: counted(filtering(turn)) };
    case 'exists_one':
      return { type: BOOLEAN, run: counted(existsOne(turn)) };
    default:
      return { type: BOOLEAN, run: counted(quantifier(turn, name === 'exists')) };
  }
}

function itemType(elaboration: Elaboration, range: Type, span: Span): Type {
  if (range.is === 'list') return range.items;
  if (range.is === 'map') return STRING;
  if (range.is === 'wrong') return range;
  return elaboration.wrong(span, `${describeType(range)} is neither a list nor a map`).type;
}
