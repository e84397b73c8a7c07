import { Ajv, type ErrorObject } from 'ajv';
import { nearest } from '../../contract/nearest.ts';
import { UNIT_NAMES } from '../../contract/units.ts';
import type { GenomeDocument, Path } from './document.ts';
import type { Problem } from './problems.ts';
import { GENOME_SCHEMA, type SchemaNode } from './schema.ts';
import { ORGAN_KINDS } from './organ-kinds.ts';

/**
 * What the schema finds, said in the words of whoever wrote the file: a place, one sentence, and the nearest right name.
 */

const ajv = new Ajv({
  // All problems at once; the size of the input is bounded before.
  allErrors: true,
  // Errors carry the schema they come from, which holds the words for the message.
  verbose: true,
  strict: true,
  // A test holds our own schema to the meta-schema; doing so at every start, and polishing the code, took 0.2 s of it.
  validateSchema: false,
  code: { optimize: false },
  // `required` and `additionalProperties` of an organ's kind stand apart from its properties on purpose.
  strictRequired: false,
  strictTypes: false,
  useDefaults: false,
  coerceTypes: false,
  removeAdditional: false,
});
const validate = ajv.compile(GENOME_SCHEMA);

export function schemaProblems(document: GenomeDocument): Problem[] {
  if (validate(document.value)) return [];
  const errors = validate.errors ?? [];
  const misspelled = new Set<string>();
  for (const error of errors) {
    const meant = error.keyword === 'additionalProperties' ? meantField(error) : undefined;
    if (meant !== undefined) misspelled.add(`${error.instancePath}\n${meant}`);
  }
  return errors.flatMap((error) => {
    const missing = missingFields(error);
    // A misspelled field is one mistake: that the right one is missing says nothing new.
    if (missing.some((field) => misspelled.has(`${error.instancePath}\n${field}`))) return [];
    const problem = problemOf(error, pathOf(error), document);
    return problem === undefined ? [] : [problem];
  });
}

type Translate = (error: ErrorObject, path: Path, document: GenomeDocument) => Problem | undefined;

/** By the keyword of the schema that was not met. The branches of `oneOf` and `if` are told by the keyword above them. */
const TRANSLATIONS: { readonly [keyword: string]: Translate } = {
  additionalProperties: (error, path, document) => {
    const field = String(error.params.additionalProperty);
    const known = Object.keys(schemaOf(error).properties ?? {});
    const text = `unknown field '${field}' in ${named(path)}, which takes ${known.join(', ')}`;
    return { at: document.keyAt([...path, field]), text, meant: meantField(error) };
  },
  required: (error, path, document) => {
    if (error.schemaPath.includes('/oneOf/')) return undefined;
    const field = String(error.params.missingProperty);
    const slip = misspelledKind(error, field);
    if (slip === undefined) return { at: document.keyAt(path), text: `${named(path)} lacks the field '${field}'` };
    return { at: document.keyAt([...path, slip]), text: `unknown field '${slip}' in ${named(path)}`, meant: field };
  },
  oneOf: (error, path, document) => {
    const text = `${named(path)} needs exactly one of the fields ${missingFields(error).join(', ')}`;
    return { at: document.keyAt(path), text };
  },
  enum: (error, path, document) => {
    const allowed = (error.params.allowedValues as unknown[]).map(String);
    const text = `${named(path)} is ${shown(error.data)}, must be one of ${allowed.join(', ')}`;
    return { at: document.valueAt(path), text, meant: nearest(String(error.data), allowed) };
  },
  pattern: (error, path, document) => {
    const schema = schemaOf(error);
    const text = `${subject(error, path)} is ${shown(error.data)}, which is not ${expected(schema)}`;
    const at =
      error.propertyName === undefined ? document.valueAt(path) : document.keyAt([...path, error.propertyName]);
    return { at, text, meant: meantQuantity(String(error.data), schema.pattern ?? '') };
  },
  type: (error, path, document) => {
    const schema = schemaOf(error);
    const wanted =
      schema.title === undefined || schema.type === 'object' ? ARTICLES[schema.type ?? 'object'] : expected(schema);
    return { at: document.valueAt(path), text: `${named(path)} is ${shown(error.data)}, must be ${wanted}` };
  },
  minimum: outOfRange,
  maximum: outOfRange,
  // Its cause has an error of its own.
  propertyNames: () => undefined,
  if: () => undefined,
};

const ARTICLES = { object: 'a map of fields', string: 'text', integer: 'a whole number' } as const;

function outOfRange(error: ErrorObject, path: Path, document: GenomeDocument): Problem {
  const { minimum, maximum } = schemaOf(error);
  return {
    at: document.valueAt(path),
    text: `${named(path)} is ${shown(error.data)}, must be ${minimum} to ${maximum}`,
  };
}

function problemOf(error: ErrorObject, path: Path, document: GenomeDocument): Problem | undefined {
  const translate = TRANSLATIONS[error.keyword];
  if (translate !== undefined) return translate(error, path, document);
  return { at: document.keyAt(path), text: `${named(path)} ${error.message ?? `breaks the rule '${error.keyword}'`}` };
}

function schemaOf(error: ErrorObject): SchemaNode {
  return error.parentSchema as SchemaNode;
}

/** The path of what is wrong, by the keys of the file: ajv gives it as a JSON pointer. */
function pathOf(error: ErrorObject): Path {
  return error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** How a message calls a place: `tree.fanout`. */
function named(path: Path): string {
  return path.length === 0 ? 'the genome' : path.join('.');
}

function subject(error: ErrorObject, path: Path): string {
  return error.propertyName === undefined ? named(path) : `a name in ${named(path)}`;
}

function expected({ title = 'what is expected', examples = [] }: SchemaNode): string {
  return examples.length === 0 ? title : `${title} such as ${examples.join(' or ')}`;
}

/** Short enough for one line, whatever it is. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  if (value === null || value === undefined) return 'empty';
  if (typeof value !== 'string') return `the ${typeof value} ${String(value)}`;
  return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`;
}

function meantField(error: ErrorObject): string | undefined {
  return nearest(String(error.params.additionalProperty), Object.keys(schemaOf(error).properties ?? {}));
}

/** Which fields an organ may have only its kind tells, so where that is missing no other error names the slip. */
function misspelledKind(error: ErrorObject, field: string): string | undefined {
  if (field !== 'kind') return undefined;
  const known = new Set(Object.values(ORGAN_KINDS).flatMap(({ fields }) => Object.keys(fields)));
  return Object.keys(error.data as object).find((key) => !known.has(key) && nearest(key, [field]) !== undefined);
}

function missingFields(error: ErrorObject): string[] {
  if (error.keyword === 'required') return [String(error.params.missingProperty)];
  return error.keyword === 'oneOf' ? (schemaOf(error).oneOf ?? []).flatMap(({ required }) => required ?? []) : [];
}

/** `1MB` -> `1MiB`: the text with each unit replaced by the nearest one, where that gives what is expected. */
function meantQuantity(text: string, pattern: string): string | undefined {
  if (text.length > 64) return undefined;
  const mended = text.replaceAll(/[A-Za-z]+/g, (unit) => nearest(unit, UNIT_NAMES) ?? unit);
  return mended !== text && new RegExp(pattern).test(mended) ? mended : undefined;
}
