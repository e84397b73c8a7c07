import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { SchemaNode } from '../../../src/actors/genome/json-schema.ts';
import { ORGAN_KINDS } from '../../../src/actors/genome/kinds/catalogue.ts';
import { GENOME_SCHEMA } from '../../../src/actors/genome/schema.ts';

interface Field {
  readonly path: string;
  readonly pointer: string;
  readonly field: SchemaNode;
  readonly required: boolean;
}

/** Every field of the language, with the path that leads to it in the schema. */
function fieldsOf(schema: SchemaNode, path = '', pointer = ''): Field[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const here = `${pointer}/properties/${name.replace('$', '%24')}`;
    return [
      { path: `${path}/${name}`, pointer: here, field, required: schema.required?.includes(name) ?? false },
      ...fieldsOf(field, `${path}/${name}`, here),
    ];
  });
  const below = Object.entries(schema.definitions ?? {}).flatMap(([name, node]) =>
    fieldsOf(node, `${path}#${name}`, `${pointer}/definitions/${name}`),
  );
  return [...own, ...below];
}

const fields = fieldsOf(GENOME_SCHEMA);

/** Exactly one of which is given. */
const ONE_OF_SEVERAL =
  /^#(receptor[/](get|head|put|post|delete)|scheduled[/](every|cron)|testStep[/](ask|crash|restart|cut|heal|wait))$/;

describe('the schema of genomes', () => {
  it('is draft-07 without a doubt', () => {
    const ajv = new Ajv({ strict: false });
    expect(ajv.validateSchema(GENOME_SCHEMA), ajv.errorsText()).toBe(true);
    // Draft-07 ignores whatever stands beside $ref, so an editor would never show it.
    const lonely = (node: unknown): boolean =>
      typeof node !== 'object' || node === null
        ? true
        : (!('$ref' in node) || Object.keys(node).length === 1) && Object.values(node).every(lonely);
    expect(lonely(GENOME_SCHEMA)).toBe(true);
  });

  it('reaches every organ kind', () => {
    for (const kind of Object.keys(ORGAN_KINDS)) expect(fields.map(({ path }) => path)).toContain(`#${kind}Organ/kind`);
  });

  it.each(fields)('$path explains itself to an editor', ({ field }) => {
    expect(field.description?.length).toBeGreaterThan(10);
    expect(field.examples?.length).toBeGreaterThan(0);
  });

  it.each(fields.filter(({ path, required }) => !required && !ONE_OF_SEVERAL.test(path)))(
    '$path says what holds where it is left out',
    ({ field }) =>
      expect(field.default !== undefined || field.description?.includes('Left out'), field.description).toBe(true),
  );

  it('takes its own defaults and examples', () => {
    const ajv = new Ajv({ strict: false });
    ajv.addSchema(GENOME_SCHEMA, 'genome');
    for (const { path, pointer, field } of fields) {
      const validate = ajv.getSchema(`genome#${pointer}`);
      for (const value of [...(field.examples ?? []), ...(field.default === undefined ? [] : [field.default])]) {
        expect(validate?.(value), `${path} ${JSON.stringify(value)}: ${ajv.errorsText(validate?.errors)}`).toBe(true);
      }
    }
  });
});
