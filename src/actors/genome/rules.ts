import { LIMITS } from '../../contract/limits.ts';
import { nearest } from '../../contract/nearest.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../contract/units.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import type { GenomeDocument, Path } from './document.ts';
import { organKind } from './kinds/catalogue.ts';
import { METHODS, type Method, type Verb } from './kinds/kind.ts';
import type { Problem } from './problems.ts';

/**
 * What a schema can't say: bounds of quantities, and names that must lead somewhere. The rules run beside the schema,
 * so that all problems are told at once, and pass over whatever isn't of the shape that the schema asks for.
 */
export function ruleProblems(document: GenomeDocument): Problem[] {
  return RULES.flatMap((rule) => rule(document));
}

type Rule = (document: GenomeDocument) => Problem[];

const RULES: readonly Rule[] = [
  shardSizes,
  intensityBounds,
  backoffBounds,
  bodyBounds,
  receptorTargets,
  distinctRoutes,
];

function shardSizes(document: GenomeDocument): Problem[] {
  const { shardBytesMin: least, shardBytesMax: most } = LIMITS;
  return Object.entries(fieldsAt(document, ['organs'])).flatMap(([name, organ]) => {
    const path = ['organs', name, 'shardBytes'];
    const bytes = parseSize(textOf(fields(organ).shardBytes));
    if (bytes === undefined || (bytes >= least && bytes <= most && isPowerOfTwo(bytes))) return [];
    return [wrong(document, path, `must be a power of two from ${formatSize(least)} to ${formatSize(most)}`)];
  });
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

/** `5/10s` as numbers; undefined where the text is nothing of the kind. */
export function parseIntensity(text: string): { restarts: number; periodMs: number } | undefined {
  const [restarts = '', period = '', ...rest] = text.split('/');
  const periodMs = parseDuration(period);
  if (periodMs === undefined || rest.length > 0 || !/^[1-9][0-9]{0,5}$/.test(restarts)) return undefined;
  return { restarts: Number(restarts), periodMs };
}

/** `200ms..30s` as numbers; undefined where the text is nothing of the kind. */
export function parseBackoff(text: string): { minMs: number; maxMs: number } | undefined {
  const [min = '', max = '', ...rest] = text.split('..');
  const [minMs, maxMs] = [parseDuration(min), parseDuration(max)];
  return minMs === undefined || maxMs === undefined || rest.length > 0 ? undefined : { minMs, maxMs };
}

function intensityBounds(document: GenomeDocument): Problem[] {
  const path = ['supervision', 'intensity'];
  const { restartIntensityMax, restartPeriodMaxMs } = LIMITS;
  const intensity = parseIntensity(textOf(fieldsAt(document, ['supervision']).intensity));
  if (intensity === undefined) return [];
  if (intensity.restarts <= restartIntensityMax && intensity.periodMs <= restartPeriodMaxMs) return [];
  return [wrong(document, path, `must be at most ${restartIntensityMax}/${formatDuration(restartPeriodMaxMs)}`)];
}

function backoffBounds(document: GenomeDocument): Problem[] {
  const path = ['supervision', 'backoff'];
  const backoff = parseBackoff(textOf(fieldsAt(document, ['supervision']).backoff));
  if (backoff === undefined) return [];
  if (backoff.maxMs > LIMITS.restartBackoffMaxMs) {
    return [wrong(document, path, `must not pause longer than ${formatDuration(LIMITS.restartBackoffMaxMs)}`)];
  }
  return backoff.minMs > backoff.maxMs ? [wrong(document, path, 'must start with the shorter pause')] : [];
}

function bodyBounds(document: GenomeDocument): Problem[] {
  const bytes = parseSize(textOf(fieldsAt(document, ['limits']).body));
  if (bytes === undefined || bytes <= LIMITS.bodyBytesMax) return [];
  return [wrong(document, ['limits', 'body'], `must be at most ${formatSize(LIMITS.bodyBytesMax)}`)];
}

/** Every `to` names an organ of the file and one of its verbs, by a method and with the parameters that fit it. */
function receptorTargets(document: GenomeDocument): Problem[] {
  const organs = fieldsAt(document, ['organs']);
  return Object.entries(fieldsAt(document, ['receptors'])).flatMap(([name, value]) => {
    const receptor = fields(value);
    const path = ['receptors', name, 'to'];
    const at = document.valueAt(path);
    const [organ = '', verb = '', ...rest] = textOf(receptor.to).split('.');
    if (verb === '' || rest.length > 0) return [];
    if (!Object.hasOwn(organs, organ)) return [{ at, ...unknownOrgan(organ, verb, document) }];
    const kind = organKind(fields(organs[organ]).kind);
    if (kind === undefined) return [];
    const found = Object.hasOwn(kind.verbs, verb) ? kind.verbs[verb] : undefined;
    if (found !== undefined) return routeMisfits(document, name, receptor, found);
    const verbs = Object.keys(kind.verbs);
    const meant = nearest(verb, verbs);
    const text = `the organ '${organ}' has no verb '${verb}', only ${verbs.join(', ')}`;
    return [{ at, text, meant: meant === undefined ? undefined : `${organ}.${meant}` }];
  });
}

function unknownOrgan(organ: string, verb: string, document: GenomeDocument): Omit<Problem, 'at'> {
  const meant = nearest(organ, Object.keys(fieldsAt(document, ['organs'])));
  if (meant === undefined) return { text: `there is no organ '${organ}'` };
  const { line, column } = document.keyAt(['organs', meant]);
  return {
    text: `there is no organ '${organ}'; '${meant}' is declared at ${line}:${column}`,
    meant: `${meant}.${verb}`,
  };
}

function routeMisfits(document: GenomeDocument, name: string, receptor: JsonObject, verb: Verb): Problem[] {
  const routes = routesOf(name, receptor);
  // With two methods it is not known which one was meant, and the schema has said so.
  if (routes.length !== 1) return [];
  return routes.flatMap(({ method, path, at }) => {
    if (!verb.methods.includes(method)) {
      const text = `'${textOf(receptor.to)}' can't answer ${method}, only ${verb.methods.join(', ')}`;
      return [{ at: document.keyAt(at), text, meant: nearest(method, verb.methods) }];
    }
    const given = parametersOf(path);
    const unknown = given.filter(
      (parameter, index) => !verb.parameters.includes(parameter) || given.indexOf(parameter) < index,
    );
    const absent = verb.parameters.filter((parameter) => !given.includes(parameter));
    if (unknown.length === 0 && absent.length === 0) return [];
    const wanted = verb.parameters.length === 0 ? 'no parameters' : `exactly {${verb.parameters.join('}, {')}}`;
    const meant = unknown[0] === undefined ? undefined : nearest(unknown[0], verb.parameters);
    const text = `the path for '${textOf(receptor.to)}' must have ${wanted}`;
    return [{ at: document.valueAt(at), text, meant: meant === undefined ? undefined : `{${meant}}` }];
  });
}

/** What is left of a path when its parameters may be anything: two receptors with the same can't be told apart. */
export function routeShape(path: string): string {
  return path.replaceAll(/[{][^}]*[}]/g, '{}');
}

function distinctRoutes(document: GenomeDocument): Problem[] {
  const first = new Map<string, string>();
  return Object.entries(fieldsAt(document, ['receptors'])).flatMap(([name, value]) =>
    routesOf(name, fields(value)).flatMap(({ method, path, at }) => {
      const route = `${method} ${routeShape(path)}`;
      const other = first.get(route);
      first.set(route, other ?? name);
      return other === undefined
        ? []
        : [{ at: document.valueAt(at), text: `'${other}' answers ${method} ${path} already` }];
    }),
  );
}

function routesOf(name: string, receptor: JsonObject): { method: Method; path: string; at: Path }[] {
  return METHODS.flatMap((method) => {
    const path = receptor[method];
    return typeof path === 'string' ? [{ method, path, at: ['receptors', name, method] }] : [];
  });
}

function parametersOf(path: string): string[] {
  return [...path.matchAll(/[{]([^}]*)[}]/g)].map(([, parameter = '']) => parameter);
}

function wrong(document: GenomeDocument, path: Path, rule: string): Problem {
  return { at: document.valueAt(path), text: `${path.join('.')} ${rule}` };
}

function fieldsAt(document: GenomeDocument, path: readonly string[]): JsonObject {
  return path.reduce<JsonObject>((value, key) => fields(value[key]), fields(document.value));
}

function fields(value: Json | undefined): JsonObject {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as JsonObject) : {};
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
