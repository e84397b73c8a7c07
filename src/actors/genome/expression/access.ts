import { nearest } from '../../../contract/nearest.ts';
import type { Json } from '../../../contract/words.ts';
import { counted, type Elaboration, failure, POISON } from './elaboration.ts';
import type { Run, Scope, Typed } from './scope.ts';
import type { ASTNode, Span } from './syntax.ts';
import { BOOLEAN, declaredText, describeType, type Field } from './type.ts';
import { isMap } from './value.ts';

/** `owner.name`: a field of an object, or a key of a map. */
export function fieldAccess(elaboration: Elaboration, node: ASTNode & { op: '.' }, scope: Scope): Typed {
  const [owner, name] = node.args;
  const { type, run } = elaboration.part(owner, scope);
  const span = { start: node.pos, end: node.end };
  switch (type.is) {
    case 'object':
      return member(elaboration, type.fields, name, span, run);
    case 'map':
      return { type: type.values, run: keyed(run, () => name) };
    case 'wrong':
      return POISON;
    case 'json':
      return elaboration.wrong(span, `json can't be looked into; declare its fields to read '${name}'`);
    default:
      return elaboration.wrong(span, `${describeType(type)} has no fields, so no '${name}'`);
  }
}

function member(
  elaboration: Elaboration,
  fields: ReadonlyMap<string, Field>,
  name: string,
  span: Span,
  run: Run,
): Typed {
  const field = fields.get(name);
  if (field === undefined) return noMember(elaboration, fields, name, span);
  if (field.declared !== undefined) field.declared.used = true;
  return { type: field.type, run: counted((frame) => (run(frame) as { [name: string]: Json })[name] as Json) };
}

function noMember(elaboration: Elaboration, fields: ReadonlyMap<string, Field>, name: string, span: Span): Typed {
  const meant = nearest(name, fields.keys());
  const declared = meant === undefined ? undefined : fields.get(meant)?.declared;
  // Whoever misspelt the use meant it: that nothing uses it would be the same mistake told twice.
  if (declared !== undefined) declared.used = true;
  const there = [...fields.keys()].join(', ');
  return elaboration.wrong(span, `there is no field '${name}' in {${there}}${declaredText(meant, fields)}`, meant);
}

/** `list[0]`, `map['key']`, and `object['field']` where the field is written there. */
export function indexAccess(elaboration: Elaboration, node: ASTNode & { op: '[]' }, scope: Scope): Typed {
  const [owner, index] = node.args;
  const { type, run } = elaboration.part(owner, scope);
  const at = elaboration.value(index, scope);
  if (type.is === 'wrong' || at.type.is === 'wrong') return POISON;
  if (type.is === 'list' && at.type.is === 'integer') return { type: type.items, run: indexed(run, at.run) };
  if (type.is === 'map' && at.type.is === 'string') return { type: type.values, run: keyed(run, at.run) };
  if (type.is === 'object' && typeof at.literal === 'string') {
    return member(elaboration, type.fields, at.literal, index, run);
  }
  return elaboration.wrong(index, `${describeType(type)} has no [${describeType(at.type)}]`);
}

/** `has(map.key)`. Every declared field has a value, so only a key of a map may be missing. */
export function hasKey(elaboration: Elaboration, args: readonly ASTNode[], node: ASTNode, scope: Scope): Typed {
  const [arg] = args;
  if (arg === undefined || arg.op !== '.' || args.length > 1) {
    return elaboration.wrong(node, 'has(...) takes a key of a map, as in has(context.tags.urgent)');
  }
  const [owner, name] = arg.args;
  const { type, run } = elaboration.part(owner, scope);
  if (type.is === 'map' || type.is === 'wrong') {
    return { type: BOOLEAN, run: counted((frame) => Object.hasOwn(run(frame) as object, name)) };
  }
  return elaboration.wrong(arg, 'has(...) is for maps: a declared field is always there');
}

function keyed(owner: Run, key: Run): Run {
  return counted((frame) => {
    const map = owner(frame);
    const name = key(frame) as string;
    if (isMap(map) && Object.hasOwn(map, name)) return map[name] as Json;
    return failure(`there is no key '${name.slice(0, 60)}' in the map`);
  });
}

function indexed(owner: Run, index: Run): Run {
  return counted((frame) => {
    const [list, place] = [owner(frame) as readonly Json[], index(frame) as number];
    return place < 0 || place >= list.length
      ? failure(`there is no item ${place} in a list of ${list.length}`)
      : (list[place] as Json);
  });
}
