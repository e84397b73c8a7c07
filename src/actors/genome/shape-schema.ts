import { LIMITS } from '../../contract/limits.ts';
import type { JsonObject } from '../../contract/words.ts';
import type { Type } from './expression/type.ts';
import type { ObjectShape, Shape } from './shape.ts';

/**
 * Shapes and types as JSON Schema (draft-07), for OpenAPI and for people. Requests are checked by `conform`, never by a
 * validator of these: patterns are RE2's, and an engine that backtracks could be held up by them.
 */
export function shapeSchema(shape: Shape): JsonObject {
  switch (shape.type) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
    case 'number':
      return { type: shape.type, minimum: shape.minimum, maximum: shape.maximum };
    case 'string':
      return {
        type: 'string',
        minLength: shape.minLength,
        maxLength: shape.maxLength,
        ...(shape.pattern === undefined ? {} : { pattern: shape.pattern.source }),
        ...(shape.values === undefined ? {} : { enum: shape.values }),
      };
    case 'list':
      return { type: 'array', items: shapeSchema(shape.items), maxItems: shape.maxItems };
    case 'map':
      return {
        type: 'object',
        propertyNames: { maxLength: LIMITS.mapKeyMax },
        additionalProperties: shapeSchema(shape.values),
        maxProperties: shape.maxEntries,
      };
    case 'object':
      return objectSchema(shape);
    case 'json':
    case 'wrong':
      return {};
  }
}

function objectSchema({ fields }: ObjectShape): JsonObject {
  const properties = [...fields].map(([name, { shape, initial, summary }]) => {
    const shown = {
      ...(initial === undefined ? {} : { default: initial }),
      ...(summary ? { description: summary } : {}),
    };
    return [name, { ...shapeSchema(shape), ...shown }] as const;
  });
  const required = [...fields].filter(([, { initial }]) => initial === undefined).map(([name]) => name);
  return { type: 'object', additionalProperties: false, required, properties: Object.fromEntries(properties) };
}

/** What an expression gives: its bounds are those of what it is made of, and not known here. */
export function typeSchema(type: Type): JsonObject {
  switch (type.is) {
    case 'boolean':
    case 'integer':
    case 'number':
      return { type: type.is };
    case 'string':
      return { type: 'string', ...(type.values === undefined ? {} : { enum: type.values }) };
    case 'list':
      return { type: 'array', items: typeSchema(type.items) };
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(type.values) };
    case 'object': {
      const properties = [...type.fields].map(([name, field]) => [name, typeSchema(field.type)] as const);
      const required = [...type.fields.keys()];
      return { type: 'object', additionalProperties: false, required, properties: Object.fromEntries(properties) };
    }
    case 'json':
    case 'nothing':
    case 'wrong':
      return {};
  }
}
