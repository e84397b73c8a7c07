import { nearest } from '../../../contract/nearest.ts';
import type { ValuesPlan } from '../chart/plan.ts';
import type { Cursor } from '../cursor.ts';
import { compileExpression, type Expression } from '../expression/expression.ts';
import type { Scope } from '../expression/scope.ts';
import { describeType, type Field, fits, mismatch, type Type, useWhole } from '../expression/type.ts';
import { type ObjectShape, type ShapeField, typeOf } from '../shape.ts';
import { place, type Report } from './names.ts';

/** The expression at a cursor, if there is one, with whatever is wrong told at its place within the text. */
export function readExpression(cursor: Cursor, scope: Scope, report: Report, wanted?: Type): Expression | undefined {
  const text = cursor.text ?? cursor.digits ?? (cursor.flag === undefined ? undefined : String(cursor.flag));
  if (text === undefined) return undefined;
  const { expression, slips } = compileExpression(text, scope, wanted);
  for (const slip of slips) report.add(cursor.textAt(slip.start), slip.text, slip.meant);
  return expression;
}

/** Values at a cursor: an expression that gives them all, or a map of one for each field. */
export function readValues(cursor: Cursor, scope: Scope, report: Report): ValuesPlan {
  const whole = readExpression(cursor, scope, report);
  if (whole !== undefined) return { type: whole.type, whole, fields: new Map() };
  const fields = new Map<string, Expression>();
  for (const field of cursor.fields) {
    const expression = readExpression(field, scope, report);
    if (expression !== undefined) fields.set(field.name, expression);
  }
  return { type: { is: 'object', fields }, whole: undefined, fields };
}

/** What is sent to somebody, checked against what that takes. `taker` is how messages call it. */
export function checkSent(
  values: ValuesPlan,
  cursor: Cursor,
  owner: Cursor,
  input: ObjectShape,
  taker: string,
  report: Report,
): void {
  const at = cursor.there ? cursor.at : owner.at;
  const { type } = values;
  if (type.is === 'wrong') return;
  if (type.is !== 'object') {
    if (!fits(type, typeOf(input)))
      report.add(at, `this is ${describeType(type)}, '${taker}' takes ${describeType(typeOf(input))}`);
    return;
  }
  const misspelt = new Set<string>();
  for (const [name, field] of type.fields) {
    const there = cursor.map === undefined ? { keyAt: at, at } : cursor.field(name);
    const wanted = input.fields.get(name);
    if (wanted === undefined) misspelt.add(unknownField(name, there.keyAt, input, taker, report));
    else checkField(field, wanted, there.at, name, taker, report);
  }
  const lacking = [...input.fields].filter(([name, field]) => field.initial === undefined && !type.fields.has(name));
  for (const [name] of lacking) {
    if (!misspelt.has(name)) report.add(at, `'${taker}' takes the field '${name}', which is not sent`);
  }
}

function unknownField(name: string, at: Cursor['at'], input: ObjectShape, taker: string, report: Report): string {
  const names = [...input.fields.keys()];
  const meant = nearest(name, names);
  const declared = meant === undefined ? undefined : input.fields.get(meant)?.declared;
  const where = declared === undefined ? '' : `; '${declared.name}' is declared at ${place(declared.at)}`;
  const takes = names.length === 0 ? 'no fields' : names.join(', ');
  report.add(at, `'${taker}' takes no field '${name}', only ${takes}${where}`, meant);
  return meant ?? name;
}

function checkField(
  field: Field,
  wanted: ShapeField,
  at: Cursor['at'],
  name: string,
  taker: string,
  report: Report,
): void {
  useWhole(field.type);
  const type = typeOf(wanted.shape);
  if (fits(field.type, type)) return;
  const { text, meant } = mismatch(field.type, type);
  const where = wanted.declared === undefined ? '' : `; '${name}' is declared at ${place(wanted.declared.at)}`;
  report.add(at, `'${taker}' takes another '${name}': ${text}${where}`, meant);
}
