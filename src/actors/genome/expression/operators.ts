import type { Json } from '../../../contract/words.ts';
import { ExpressionFailure, type Meter } from './meter.ts';
import { BOOLEAN, describeType, fits, INTEGER, join, NUMBER, STRING, type Type } from './type.ts';
import { equal, isMap, whole } from './value.ts';

/** An operator for operands of certain types: what it gives, and how. */
export interface Operation {
  readonly type: Type;
  run(left: Json, right: Json, meter: Meter): Json;
}

/** The operation that a binary operator is for these operands, or why there is none. */
export function binaryOperation(operator: string, left: Type, right: Type): Operation | { readonly wrong: string } {
  if (left.is === 'wrong' || right.is === 'wrong') return { type: resultOf(operator), run: () => null };
  const found = FAMILIES[operator]?.(operator, left, right);
  if (found !== undefined) return found;
  const mixed = [left.is, right.is].sort().join() === 'integer,number';
  const hint = mixed ? ': numbers of two kinds are made one by double(...) or int(...)' : '';
  return { wrong: `there is no ${describeType(left)} ${operator} ${describeType(right)}${hint}` };
}

const RELATIONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);

/** What an operator gives whatever its operands are: what follows is checked even where they are wrong. */
function resultOf(operator: string): Type {
  return RELATIONS.has(operator) ? BOOLEAN : { is: 'wrong' };
}

type Family = (operator: string, left: Type, right: Type) => Operation | undefined;

const FAMILIES: { readonly [operator: string]: Family } = {
  '+': (operator, left, right) => joining(left, right) ?? arithmetic(operator, left, right),
  '-': arithmetic,
  '*': arithmetic,
  '/': arithmetic,
  '%': (operator, left, right) => (left.is === 'integer' ? arithmetic(operator, left, right) : undefined),
  '==': equality,
  '!=': equality,
  '<': comparison,
  '<=': comparison,
  '>': comparison,
  '>=': comparison,
  in: (_operator, left, right) => membership(left, right),
};

const WHOLE: { readonly [operator: string]: (left: number, right: number) => number } = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => Math.trunc(left / divisor(right)),
  '%': (left, right) => left % divisor(right),
};

function divisor(value: number): number {
  if (value === 0) throw new ExpressionFailure('division by zero');
  return value;
}

const REAL: { readonly [operator: string]: (left: number, right: number) => number } = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

function arithmetic(operator: string, left: Type, right: Type): Operation | undefined {
  if (left.is === 'integer' && right.is === 'integer') {
    const does = WHOLE[operator];
    return does && { type: INTEGER, run: (a, b) => whole(does(a as number, b as number)) };
  }
  const does = left.is === 'number' && right.is === 'number' ? REAL[operator] : undefined;
  return does && { type: NUMBER, run: (a, b) => does(a as number, b as number) };
}

/** Texts and lists are put one behind the other. */
function joining(left: Type, right: Type): Operation | undefined {
  if (left.is === 'string' && right.is === 'string') {
    return {
      type: STRING,
      run(a, b, meter) {
        const [one, other] = [a as string, b as string];
        meter.spendText(one.length + other.length);
        return one + other;
      },
    };
  }
  const type = left.is === 'list' && right.is === 'list' ? join(left, right) : undefined;
  return (
    type && {
      type,
      run(a, b, meter) {
        const [one, other] = [a as readonly Json[], b as readonly Json[]];
        meter.spend(one.length + other.length);
        return [...one, ...other];
      },
    }
  );
}

function equality(operator: string, left: Type, right: Type): Operation | undefined {
  if (!comparable(left, right)) return undefined;
  const wanted = operator === '==';
  return { type: BOOLEAN, run: (a, b, meter) => equal(a, b, meter) === wanted };
}

/** Numbers of both kinds are, as in CEL; what can't be looked into isn't. */
function comparable(left: Type, right: Type): boolean {
  if (left.is === 'json' || right.is === 'json') return false;
  return join(left, right) !== undefined || fits(left, right) || fits(right, left);
}

const ORDERS: { readonly [operator: string]: (left: never, right: never) => boolean } = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** Numbers of both kinds compare with each other, as in CEL; texts by their UTF-16 units, the same on every machine. */
function comparison(operator: string, left: Type, right: Type): Operation | undefined {
  const does = ORDERS[operator];
  const numbers = isNumeric(left) && isNumeric(right);
  if (does === undefined || !(numbers || (left.is === right.is && (left.is === 'string' || left.is === 'boolean')))) {
    return undefined;
  }
  return {
    type: BOOLEAN,
    run(a, b, meter) {
      if (typeof a === 'string') meter.spendText(Math.min(a.length, (b as string).length));
      return does(a as never, b as never);
    },
  };
}

function isNumeric(type: Type): boolean {
  return type.is === 'integer' || type.is === 'number';
}

function membership(left: Type, right: Type): Operation | undefined {
  if (right.is === 'list' && comparable(left, right.items)) {
    return { type: BOOLEAN, run: (a, b, meter) => (b as readonly Json[]).some((item) => equal(a, item, meter)) };
  }
  const isKey = left.is === 'string' && right.is === 'map';
  return isKey ? { type: BOOLEAN, run: (a, b) => isMap(b) && Object.hasOwn(b, a as string) } : undefined;
}

/** `!` and `-`. */
export function unaryOperation(
  operator: '!' | '-',
  operand: Type,
): { readonly type: Type; run(value: Json): Json } | { readonly wrong: string } {
  if (operator === '!' && (operand.is === 'boolean' || operand.is === 'wrong')) {
    return { type: BOOLEAN, run: (value) => value !== true };
  }
  if (operator === '-' && operand.is === 'integer') return { type: INTEGER, run: (value) => whole(-(value as number)) };
  if (operator === '-' && operand.is === 'number') return { type: NUMBER, run: (value) => -(value as number) };
  if (operand.is === 'wrong') return { type: operand, run: () => null };
  return { wrong: `there is no ${operator}${describeType(operand)}` };
}
