import { LIMITS } from '../../../contract/limits.ts';
import type { Json } from '../../../contract/words.ts';
import { conform, Misfit } from '../conform.ts';
import type { Cursor } from '../cursor.ts';
import { compilePattern, type Pattern } from '../expression/pattern.ts';
import type { Declared } from '../expression/type.ts';
import { BUILTIN_TYPES, type BuiltinType, PLAIN_TYPES } from '../grammar/shape-grammar.ts';
import type { Position } from '../problems.ts';
import {
  measure,
  type ObjectShape,
  type Shape,
  type ShapeField,
  type TextShape,
  textShape,
  wholeShape,
} from '../shape.ts';
import { Names, type Report } from './names.ts';

const WRONG: Shape = { type: 'wrong' };

/** Makes shapes of what a genome says, the types that it declares among them. */
export class Shapes {
  readonly names: Names;
  readonly #report: Report;
  readonly #types: Cursor;
  readonly #known = new Map<string, Shape>();
  readonly #open: string[] = [];

  /** `types` is the section of the file that declares named types. */
  constructor(types: Cursor, report: Report) {
    this.#types = types;
    this.#report = report;
    this.names = new Names('type', report);
    for (const type of types.fields) this.#declareType(type);
  }

  /** Every declared type is read once, so that what is wrong in one is told even where nothing uses it. */
  readAll(): void {
    for (const type of this.#types.fields) this.#named(type.name);
  }

  #declareType(type: Cursor): void {
    this.names.declare(type.name, type.keyAt);
    if (isBuiltin(type.name)) this.#report.add(type.keyAt, `'${type.name}' is a built-in type, and can't be declared`);
  }

  /** The shape that stands at a cursor. */
  read(cursor: Cursor): Shape {
    const shape = this.#read(cursor);
    const { depth, parts } = measure(shape);
    if (depth > LIMITS.shapeDepthMax) {
      this.#report.add(cursor.at, `types are nested at most ${LIMITS.shapeDepthMax} levels deep`);
    } else if (parts > LIMITS.shapePartsMax) {
      this.#report.add(cursor.at, `the type has ${parts} parts, at most ${LIMITS.shapePartsMax} are allowed`);
    } else return shape;
    return WRONG;
  }

  #read(cursor: Cursor): Shape {
    if (cursor.text !== undefined) return this.#byName(cursor.text, cursor.at);
    const type = cursor.field('type');
    if (type.text === undefined) return WRONG;
    if (isBuiltin(type.text)) return this.#builtin(type.text, cursor);
    const shape = this.#byName(type.text, type.at);
    if (this.names.has(type.text)) this.#noFacets(type.text, cursor);
    return shape;
  }

  /** A declared type is as it is declared. */
  #noFacets(name: string, cursor: Cursor): void {
    for (const field of cursor.fields) {
      if (['type', 'default', 'summary'].includes(field.name)) continue;
      this.#report.add(field.keyAt, `the type '${name}' is as it is declared, so '${field.name}' means nothing here`);
    }
  }

  /** Fields by name, each marked as declared where it stands. */
  fields(cursor: Cursor): ObjectShape {
    return { type: 'object', fields: new Map(cursor.fields.map((field) => [field.name, this.field(field)])) };
  }

  /** One field: its shape, and its default where it says one. */
  field(cursor: Cursor): ShapeField {
    const shape = this.read(cursor);
    const fallback = cursor.field('default');
    const initial = fallback.value === undefined ? {} : { initial: this.#initial(shape, fallback) };
    return { shape, ...initial, ...summaryOf(cursor), declared: declaredAt(cursor) };
  }

  /** A field of the state: a value that gives its type, or a type that has a default. */
  stateFields(cursor: Cursor): ObjectShape {
    const fields = cursor.fields.map((field) => [field.name, this.#stateField(field)] as const);
    return { type: 'object', fields: new Map(fields) };
  }

  #stateField(cursor: Cursor): ShapeField {
    const { value } = cursor;
    const declared = declaredAt(cursor);
    if (cursor.text !== undefined && (isBuiltin(cursor.text) || this.names.has(cursor.text))) {
      const says = `'${cursor.text}' is an initial value here; its type is written { type: ${cursor.text}, default: ... }`;
      this.#report.add(cursor.at, says);
      return { shape: WRONG, declared };
    }
    if (typeof value === 'string') return { shape: textLike(value), initial: value, declared };
    if (typeof value === 'number') return { shape: numberLike(value, cursor.digits), initial: value, declared };
    if (typeof value === 'boolean') return { shape: { type: 'boolean' }, initial: value, declared };
    const field = this.field(cursor);
    if (cursor.map !== undefined && !cursor.has('default')) {
      this.#report.add(
        cursor.keyAt,
        `${cursor.path.join('.')} lacks the field 'default': it has a value from the start`,
      );
    }
    return field;
  }

  #initial(shape: Shape, cursor: Cursor): Json {
    try {
      return conform(shape, cursor.value, cursor.path.join('.'));
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      const part = error.trail.slice(1).reduce<Cursor>((place, key) => place.part(key), cursor);
      const at = error.stranger === undefined ? part.at : part.field(error.stranger).keyAt;
      this.#report.add(at, error.message, error.meant);
      return null;
    }
  }

  #byName(name: string, at: Position): Shape {
    if (isPlain(name)) return this.#plain(name);
    if (isBuiltin(name)) {
      this.#report.add(at, `the type ${name} is written as a map: { type: ${name}, ${NEEDS[name]}: ... }`);
      return WRONG;
    }
    const declared = this.names.use(name, at, { others: BUILTIN_TYPES });
    return declared === undefined || declared.name !== name ? WRONG : this.#named(name);
  }

  #named(name: string): Shape {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const cursor = this.#types.field(name);
    if (this.#open.includes(name)) {
      const circle = [...this.#open.slice(this.#open.indexOf(name)), name];
      this.#report.add(cursor.keyAt, `the type '${name}' contains itself: ${circle.join(' -> ')}`);
      return WRONG;
    }
    this.#open.push(name);
    const shape = this.read(cursor);
    this.#open.pop();
    this.#known.set(name, shape);
    return shape;
  }

  #plain(name: (typeof PLAIN_TYPES)[number]): Shape {
    switch (name) {
      case 'boolean':
        return { type: 'boolean' };
      case 'integer':
        return wholeShape(Number.MIN_SAFE_INTEGER);
      case 'number':
        return { type: 'number', minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE };
      case 'string':
        return textShape(LIMITS.textLengthDefault);
      case 'json':
        return { type: 'json', maxBytes: LIMITS.jsonBytesDefault };
    }
  }

  #builtin(type: BuiltinType, cursor: Cursor): Shape {
    switch (type) {
      case 'boolean':
        return { type: 'boolean' };
      case 'integer':
      case 'number':
        return this.#range(type, cursor);
      case 'string':
        return this.#text(cursor);
      case 'list':
        return {
          type: 'list',
          items: this.read(cursor.field('items')),
          maxItems: cursor.field('maxItems').number ?? LIMITS.listItemsDefault,
        };
      case 'map':
        return {
          type: 'map',
          values: this.read(cursor.field('values')),
          maxEntries: cursor.field('maxEntries').number ?? LIMITS.mapEntriesDefault,
        };
      case 'object':
        return this.fields(cursor.field('fields'));
      case 'json':
        return { type: 'json', maxBytes: cursor.field('maxBytes').number ?? LIMITS.jsonBytesDefault };
    }
  }

  #range(type: 'integer' | 'number', cursor: Cursor): Shape {
    const [least, most] =
      type === 'integer' ? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] : [-Number.MAX_VALUE, Number.MAX_VALUE];
    const minimum = cursor.field('minimum').number ?? least;
    const maximum = cursor.field('maximum').number ?? most;
    this.#ordered(cursor.field('minimum'), minimum, maximum, 'maximum');
    return { type, minimum, maximum };
  }

  #text(cursor: Cursor): TextShape {
    const maxLength = cursor.field('maxLength').number ?? LIMITS.textLengthDefault;
    const minLength = cursor.field('minLength').number ?? 0;
    this.#ordered(cursor.field('minLength'), minLength, maxLength, 'maxLength');
    const values = cursor.field('enum').elements.flatMap(({ text }) => (text === undefined ? [] : [text]));
    const pattern = this.#pattern(cursor.field('pattern'));
    const shape: TextShape = {
      type: 'string',
      minLength,
      maxLength,
      ...(pattern === undefined ? {} : { pattern }),
      ...(values.length === 0 ? {} : { values }),
    };
    for (const value of cursor.field('enum').elements) this.#enumValue(value, values, shape);
    return shape;
  }

  #enumValue(cursor: Cursor, values: readonly string[], shape: TextShape): void {
    if (cursor.text === undefined) return;
    if (values.indexOf(cursor.text) !== Number(cursor.name))
      this.#report.add(cursor.at, `'${cursor.text}' is given twice`);
    this.#initial(shape, cursor);
  }

  #ordered(least: Cursor, minimum: number, maximum: number, name: string): void {
    if (minimum > maximum)
      this.#report.add(least.at, `${least.path.join('.')} is ${minimum}, more than its ${name}, ${maximum}`);
  }

  #pattern(cursor: Cursor): Pattern | undefined {
    if (cursor.text === undefined || cursor.text === '') return undefined;
    const compiled = compilePattern(cursor.text);
    if ('pattern' in compiled) return compiled.pattern;
    this.#report.add(cursor.at, compiled.wrong);
    return undefined;
  }
}

/** What a type must say besides its name. */
const NEEDS: { readonly [type: string]: string } = { list: 'items', map: 'values', object: 'fields' };

function isBuiltin(name: string): name is BuiltinType {
  return (BUILTIN_TYPES as readonly string[]).includes(name);
}

function isPlain(name: string): name is (typeof PLAIN_TYPES)[number] {
  return (PLAIN_TYPES as readonly string[]).includes(name);
}

function declaredAt(cursor: Cursor): Declared {
  return { name: cursor.name, at: cursor.keyAt, used: false };
}

function summaryOf(cursor: Cursor): { summary?: string } {
  const { text } = cursor.field('summary');
  return text === undefined ? {} : { summary: text };
}

function textLike(value: string): Shape {
  return textShape(Math.max(value.length, LIMITS.textLengthDefault));
}

/** `1.0` is a number, `1` a whole one. */
function numberLike(value: number, digits = ''): Shape {
  const isWhole = Number.isSafeInteger(value) && !/[.eE]/.test(digits);
  return isWhole
    ? wholeShape(Number.MIN_SAFE_INTEGER)
    : { type: 'number', minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE };
}
