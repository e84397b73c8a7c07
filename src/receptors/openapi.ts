import { FAULTS } from '../contract/errors.ts';
import { PROBLEM_MEDIA_TYPE } from '../contract/problem.ts';
import type { Receptor, ReceptorSet } from '../contract/receptor.ts';
import type { JsonObject } from '../contract/words.ts';

/** The receptors of genomes as OpenAPI 3.1, whose schemas are JSON Schema. */
export function openApi(sets: readonly ReceptorSet[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const receptor of sets.flatMap(({ receptors }) => receptors)) {
    paths[receptor.path] = { ...paths[receptor.path], [receptor.method]: operationOf(receptor) };
  }
  const title = sets.map(({ genome }) => genome).join(', ');
  return {
    openapi: '3.1.0',
    info: {
      title: title === '' ? 'PeerTree' : title,
      version: sets[0]?.version ?? '0.0.0',
      summary: sets.map(({ summary }) => summary).join(' '),
      license: { name: 'Of whoever wrote the genomes', identifier: 'LicenseRef-genome' },
    },
    servers: [{ url: '/', description: 'Every node of the organism answers alike.' }],
    security: [],
    tags: sets.map(({ genome, summary }) => ({ name: genome, description: summary || genome })),
    paths,
    components: { securitySchemes: SECURITY, responses: { problem: PROBLEM } },
  };
}

/** How requests are signed stands in RFC 9421; OpenAPI has no word for it but the header that shows the key. */
const SECURITY = {
  passport: {
    type: 'apiKey',
    in: 'header',
    name: 'peertree-passport',
    description: 'The public key (SPKI, DER, base64url) of the passport that signed the request by RFC 9421.',
  },
} as const;

const PROBLEM: JsonObject = {
  description: 'What went wrong, as RFC 9457 problem details. Compare `code`.',
  content: {
    [PROBLEM_MEDIA_TYPE]: {
      schema: {
        type: 'object',
        required: ['type', 'title', 'status', 'code', 'detail'],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          code: { type: 'string', enum: Object.keys(FAULTS) },
          detail: { type: 'string' },
          retryAfterMs: { type: 'integer' },
        },
      },
    },
  },
};

function operationOf(receptor: Receptor): JsonObject {
  const { genome, name, summary, access, carries, output } = receptor;
  const media = carries === 'events' ? 'text/event-stream' : 'application/json';
  const isSigned = access === 'passport' || typeof access !== 'string';
  return {
    operationId: `${genome}.${name}`,
    summary: summary === '' ? `${receptor.organ}.${receptor.verb}` : summary,
    description: `Answers ${typeof access === 'string' ? WHO[access] : 'the passports of a list'}.`,
    tags: [genome],
    ...(isSigned ? { security: [{ passport: [] }] } : {}),
    parameters: parametersOf(receptor),
    ...bodyOf(receptor),
    responses: {
      200: { description: 'The answer.', content: { [media]: { schema: output } } },
      '4XX': { $ref: '#/components/responses/problem' },
      '5XX': { $ref: '#/components/responses/problem' },
    },
  };
}

const WHO = {
  loopback: 'clients on the machine of the node',
  public: 'everybody',
  passport: 'whoever signs the request',
  peers: 'members of the organism',
} as const;

type Properties = { readonly [name: string]: JsonObject };

function parametersOf({ method, parameters, input }: Receptor): JsonObject[] {
  const properties = input.properties as Properties;
  const required = input.required as readonly string[];
  const inQuery = hasBody(method) ? [] : Object.keys(properties).filter((name) => !parameters.includes(name));
  const idempotency = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'A request with a key that was used before takes no effect again, and gets the same answer.',
    schema: { type: 'string', minLength: 1 },
  };
  return [
    ...parameters.map((name) => ({ name, in: 'path', required: true, schema: properties[name] ?? {} })),
    ...inQuery.map((name) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema: properties[name] ?? {},
    })),
    ...(method === 'get' || method === 'head' ? [] : [idempotency]),
  ];
}

function bodyOf({ method, parameters, input }: Receptor): JsonObject {
  if (!hasBody(method)) return {};
  const entries = Object.entries(input.properties as Properties).filter(([name]) => !parameters.includes(name));
  if (entries.length === 0) return {};
  const required = (input.required as readonly string[]).filter((name) => !parameters.includes(name));
  const schema = { ...input, properties: Object.fromEntries(entries), required };
  return { requestBody: { required: required.length > 0, content: { 'application/json': { schema } } } };
}

const hasBody = (method: Receptor['method']): boolean => method === 'post' || method === 'put';
