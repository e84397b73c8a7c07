import type { JsonObject } from './words.ts';

/** Short words for the JSON Schemas (draft-07) of message bodies. Objects are closed: an unknown field is refused. */
export const text = (maxLength: number): JsonObject => ({ type: 'string', maxLength });
export const id: JsonObject = { type: 'string', pattern: '^[a-z2-7]{52}$' };
export const shardHash: JsonObject = { type: 'string', pattern: '^[0-9a-f]{64}$' };
export const count: JsonObject = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
export const flag: JsonObject = { type: 'boolean' };
export const anything: JsonObject = {};
export const nothing: JsonObject = { type: 'null' };
export const listOf = (items: JsonObject, maxItems: number): JsonObject => ({ type: 'array', items, maxItems });
export const oneOf = (...values: readonly string[]): JsonObject => ({ enum: values });
export const either = (...anyOf: readonly JsonObject[]): JsonObject => ({ anyOf });

/** Every field is required unless its name ends with `?`. */
export function shape(fields: { readonly [name: string]: JsonObject }): JsonObject {
  const required = Object.keys(fields).filter((name) => !name.endsWith('?'));
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [name.replace(/\?$/, ''), schema]),
  );
  return { type: 'object', additionalProperties: false, required, properties };
}

export const fence: JsonObject = shape({ generation: count, epoch: count, version: count });
