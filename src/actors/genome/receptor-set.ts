import { Fault } from '../../contract/errors.ts';
import type { Receptor, ReceptorSet } from '../../contract/receptor.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import { conform, Misfit } from './conform.ts';
import type { Genome, ReceptorPlan } from './plan.ts';
import { isJsonMap } from './rule.ts';
import type { ObjectShape, Shape } from './shape.ts';
import { shapeSchema, typeSchema } from './shape-schema.ts';

/** What a genome's receptors are over HTTPS. Those that carry bytes have plugins of their own, and are left out. */
export function receptorSet({ genome, version, summary, receptors }: Genome): ReceptorSet {
  const all = Object.entries(receptors).flatMap(([name, plan]) => {
    const { carries } = plan;
    return carries === 'bytes' ? [] : [receptorOf(genome, name, plan, carries)];
  });
  return { genome, version, summary, receptors: all };
}

function receptorOf(genome: string, name: string, plan: ReceptorPlan, carries: Receptor['carries']): Receptor {
  const { method, path, parameters, organ, verb, access, bodyBytes, rate, ratePerKey, summary, input } = plan;
  const bounds = { access, bodyBytes, rate, ratePerKey };
  const what = { genome, name, summary, method, path, parameters, organ, verb, carries };
  return {
    ...what,
    ...bounds,
    input: shapeSchema(input),
    output: outputOf(plan, carries),
    read: (texts, body) => readRequest(input, parameters, texts, body),
  };
}

function outputOf({ output }: ReceptorPlan, carries: Receptor['carries']): JsonObject {
  const one = typeSchema(output);
  if (carries !== 'page') return one;
  const next = { type: ['string', 'null'], description: 'Where the next page begins: `after` of the next request.' };
  return {
    type: 'object',
    additionalProperties: false,
    required: ['items', 'next'],
    properties: { items: { type: 'array', items: one }, next },
  };
}

function readRequest(
  shape: ObjectShape,
  parameters: readonly string[],
  texts: { readonly [field: string]: string },
  body: Json | undefined,
): JsonObject {
  if (body !== undefined && !isJsonMap(body)) throw new Fault('malformed', 'the body must be a JSON object');
  const named = Object.entries(texts).map(
    ([name, text]) => [name, fromText(shape.fields.get(name)?.shape, text)] as const,
  );
  const twice = parameters.find((name) => isJsonMap(body) && Object.hasOwn(body, name));
  if (twice !== undefined)
    throw new Fault('malformed', `'${twice}' stands in the path, and can't be in the body as well`);
  try {
    return conform(shape, { ...(body ?? {}), ...Object.fromEntries(named) }, undefined) as JsonObject;
  } catch (error) {
    if (error instanceof Misfit) throw new Fault('malformed', error.message);
    throw error;
  }
}

/** What a text in a path or a query says; the text itself where it says nothing else, so that the shape can complain. */
function fromText(shape: Shape | undefined, text: string): Json {
  if ((shape?.type === 'integer' || shape?.type === 'number') && /^-?[0-9]+([.][0-9]+)?$/.test(text))
    return Number(text);
  if (shape?.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
