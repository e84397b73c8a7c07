import { Ajv, type ValidateFunction } from 'ajv';
import type { JsonObject } from '../../contract/words.ts';

/**
 * Ajv as a strict judge: it must not change what it checks. The schemas are our own and a test holds them to the
 * meta-schema; to check them again, and to polish the code made of them, took a quarter of a node's start.
 */
const ajv = new Ajv({
  strict: true,
  validateSchema: false,
  code: { optimize: false },
  strictTypes: false,
  allErrors: false,
  coerceTypes: false,
  useDefaults: false,
  removeAdditional: false,
});
const compiled = new WeakMap<JsonObject, ValidateFunction>();

/** The first way in which a value breaks a schema, as a sentence; undefined where it keeps to it. */
export function flawOf(schema: JsonObject, value: unknown): string | undefined {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = ajv.compile(schema);
    compiled.set(schema, check);
  }
  if (check(value)) return undefined;
  const error = check.errors?.[0];
  return error === undefined
    ? 'does not fit its schema'
    : `${error.instancePath || 'the body'} ${error.message ?? 'is wrong'}`;
}
