import type { Json } from '../../contract/words.ts';
import type { Pattern } from './expression/pattern.ts';
import {
  BOOLEAN,
  type Declared,
  type Field,
  INTEGER,
  JSON_VALUE,
  NUMBER,
  STRING,
  type Type,
  WRONG,
} from './expression/type.ts';

/**
 * A type with its bounds: what may cross from the outside into a genome's state, or out of an expression into it. Every
 * shape is bounded, and every field has a value: it is required or has a default.
 */
export type Shape =
  | { readonly type: 'boolean' }
  | { readonly type: 'integer'; readonly minimum: number; readonly maximum: number }
  | { readonly type: 'number'; readonly minimum: number; readonly maximum: number }
  | TextShape
  | { readonly type: 'list'; readonly items: Shape; readonly maxItems: number }
  | { readonly type: 'map'; readonly values: Shape; readonly maxEntries: number }
  | ObjectShape
  | { readonly type: 'json'; readonly maxBytes: number }
  /** Of what a problem was reported of: no genome that is accepted has one. */
  | { readonly type: 'wrong' };

export interface TextShape {
  readonly type: 'string';
  /** In characters, which are code points. */
  readonly minLength: number;
  readonly maxLength: number;
  readonly pattern?: Pattern;
  /** All that it may be. */
  readonly values?: readonly string[];
}

export interface ObjectShape {
  readonly type: 'object';
  readonly fields: ReadonlyMap<string, ShapeField>;
}

export interface ShapeField {
  readonly shape: Shape;
  /** What it is where it is not given; without it, it must be given. */
  readonly initial?: Json;
  readonly summary?: string;
  /** Where the genome declares it; absent for the fields that an organ kind brings along. */
  readonly declared?: Declared;
}

export const NO_FIELDS: ObjectShape = { type: 'object', fields: new Map() };

/** A text of at most so many characters. */
export function textShape(maxLength: number, minLength = 0): TextShape {
  return { type: 'string', minLength, maxLength };
}

export function wholeShape(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Shape {
  return { type: 'integer', minimum, maximum };
}

/** An object of fields that must be given, as organ kinds write it down. */
export function objectShape(fields: { readonly [name: string]: Shape | ShapeField }): ObjectShape {
  const entries = Object.entries(fields).map(
    ([name, field]) => [name, 'shape' in field ? field : { shape: field }] as const,
  );
  return { type: 'object', fields: new Map(entries) };
}

const types = new WeakMap<Shape, Type>();

/** What expressions know of a shape. The same shape gives the same type, so that uses of its fields are seen on both. */
export function typeOf(shape: Shape): Type {
  let type = types.get(shape);
  if (type === undefined) {
    type = makeType(shape);
    types.set(shape, type);
  }
  return type;
}

function makeType(shape: Shape): Type {
  switch (shape.type) {
    case 'boolean':
      return BOOLEAN;
    case 'integer':
      return INTEGER;
    case 'number':
      return NUMBER;
    case 'json':
      return JSON_VALUE;
    case 'wrong':
      return WRONG;
    case 'string':
      return shape.values === undefined ? STRING : { is: 'string', values: shape.values };
    case 'list':
      return { is: 'list', items: typeOf(shape.items) };
    case 'map':
      return { is: 'map', values: typeOf(shape.values) };
    case 'object':
      return { is: 'object', fields: new Map([...shape.fields].map(([name, field]) => [name, fieldType(field)])) };
  }
}

function fieldType({ shape, declared }: ShapeField): Field {
  return { type: typeOf(shape), ...(declared === undefined ? {} : { declared }) };
}

/** How large values of a shape can be, and how large the shape is itself. */
export interface Measure {
  /**
   * The most bytes that a value takes in canonical JSON, its texts counted as plain ASCII: what can't fit even so is
   * refused when the genome is checked. A value that is larger because its texts are not is refused when it comes.
   */
  readonly bytes: number;
  /** Lists, maps and objects inside each other. */
  readonly depth: number;
  /** Shapes inside, each counted as often as it is named. */
  readonly parts: number;
}

const measures = new WeakMap<Shape, Measure>();

/** Each shape is measured once, so that types which name each other many times cost no more than they take to write. */
export function measure(shape: Shape): Measure {
  let measured = measures.get(shape);
  if (measured === undefined) {
    const inner = innerShapes(shape).map(measure);
    measured = {
      bytes: bytesOf(shape),
      depth: Math.max(0, ...inner.map(({ depth }) => depth)) + (inner.length > 0 ? 1 : 0),
      parts: inner.reduce((sum, { parts }) => sum + parts, 1),
    };
    measures.set(shape, measured);
  }
  return measured;
}

function innerShapes(shape: Shape): readonly Shape[] {
  if (shape.type === 'list') return [shape.items];
  if (shape.type === 'map') return [shape.values];
  return shape.type === 'object' ? [...shape.fields.values()].map((field) => field.shape) : [];
}

function bytesOf(shape: Shape): number {
  switch (shape.type) {
    case 'boolean':
      return 5;
    case 'integer':
      return Math.max(String(shape.minimum).length, String(shape.maximum).length);
    case 'number':
      return 24;
    case 'json':
      return shape.maxBytes;
    case 'wrong':
      return 0;
    case 'string':
      return 2 + Math.max(...(shape.values?.map((value) => value.length) ?? [shape.maxLength]));
    case 'list':
      return 2 + shape.maxItems * (measure(shape.items).bytes + 1);
    case 'map':
      return 2 + shape.maxEntries * (SHORT_KEY_BYTES + measure(shape.values).bytes + 1);
    case 'object':
      return [...shape.fields].reduce((sum, [name, field]) => sum + name.length + 4 + measure(field.shape).bytes, 2);
  }
}

/** A short key in quotes, and its colon: maps of the longest keys are an exception. */
const SHORT_KEY_BYTES = 9;
