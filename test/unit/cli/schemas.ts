import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect } from 'vitest';

const FOLDER = new URL('../../../docs/schemas/', import.meta.url);

const ajv = new Ajv({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true });
for (const file of readdirSync(FOLDER)) ajv.addSchema(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));

/** Fails unless the value is what docs/schemas/NAME.json says; returns it. */
export function conform<T = Record<string, unknown>>(name: string, value: unknown): T {
  const validate = ajv.getSchema(`https://peertree.invalid/schemas/${name}.json`);
  if (validate === undefined) throw new Error(`there is no schema ${name}`);
  validate(value);
  expect(validate.errors ?? [], `${name}: ${JSON.stringify(value)}`).toEqual([]);
  return value as T;
}

/** Every line of an output, each conforming. */
export function conformLines<T = Record<string, unknown>>(name: string, output: string): T[] {
  const lines = output.trimEnd().split('\n');
  return lines.map((line) => conform<T>(name, JSON.parse(line)));
}
