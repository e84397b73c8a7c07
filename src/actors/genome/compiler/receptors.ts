import { nearest } from '../../../contract/nearest.ts';
import type { Access, Rate } from '../../../contract/receptor.ts';
import { parseSize } from '../../../contract/units.ts';
import type { Cursor } from '../cursor.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import type { ReceptorPlan } from '../plan.ts';
import { checkRequestBounds, parseRate } from '../quantities.ts';
import { routeShape } from '../route.ts';
import type { Shape } from '../shape.ts';
import type { Directory, Signature } from './directory.ts';
import { type Route, routeOf } from './events.ts';
import { place, type Report } from './names.ts';

/** A receptor with what answers it, before it is known what that answers. */
export interface BoundReceptor {
  readonly name: string;
  readonly cursor: Cursor;
  readonly route: Route;
  readonly signature: Signature;
}

/** Binds every receptor to what answers it, and says which can't be bound. */
export function bindReceptors(receptors: Cursor, directory: Directory, report: Report): readonly BoundReceptor[] {
  checkDistinct(receptors, report);
  return receptors.fields.flatMap((cursor) => {
    checkRequestBounds(cursor.field('limits'), report);
    const found = directory.find(cursor.field('to'), false);
    const route = routeOf(cursor);
    if (found?.signature === undefined || route === undefined) return [];
    const bound = { name: cursor.name, cursor, route, signature: found.signature };
    checkMethod(bound, report);
    checkParameters(bound, report);
    checkInput(bound, report);
    return [bound];
  });
}

const targetOf = ({ organ, verb }: Signature): string => `${organ}.${verb}`;

function checkMethod({ route, signature }: BoundReceptor, report: Report): void {
  const { method, cursor } = route;
  const allowed = signature.methods ?? ['get', 'put', 'post', 'delete'];
  if (allowed.includes(method)) return;
  const text = `'${targetOf(signature)}' can't answer ${method}, only ${allowed.join(', ')}`;
  report.add(cursor.keyAt, text, nearest(method, allowed));
}

function checkParameters(bound: BoundReceptor, report: Report): void {
  const { route, signature } = bound;
  const { parameters } = signature;
  if (parameters === undefined) {
    for (const [index, parameter] of route.parameters.entries()) checkEventParameter(bound, parameter, index, report);
    return;
  }
  const given = route.parameters.map(({ name }) => name);
  const unknown = route.parameters.find(({ name }, index) => !parameters.includes(name) || given.indexOf(name) < index);
  const absent = parameters.filter((parameter) => !given.includes(parameter));
  if (unknown === undefined && absent.length === 0) return;
  const wanted = parameters.length === 0 ? 'no parameters' : `exactly {${parameters.join('}, {')}}`;
  const meant = unknown === undefined ? undefined : nearest(unknown.name, parameters);
  const text = `the path for '${targetOf(signature)}' must have ${wanted}`;
  report.add(route.cursor.at, text, meant === undefined ? undefined : `{${meant}}`);
}

function checkEventParameter(
  { route, signature }: BoundReceptor,
  { name, at }: Route['parameters'][number],
  index: number,
  report: Report,
): void {
  if (route.parameters.findIndex((parameter) => parameter.name === name) < index) {
    report.add(at, `the parameter {${name}} is in the path twice`);
  }
  const field = signature.input.fields.get(name);
  if (field === undefined) {
    const names = [...signature.input.fields.keys()];
    const meant = nearest(name, names);
    const declared = meant === undefined ? undefined : signature.input.fields.get(meant)?.declared;
    const where = declared === undefined ? '' : `; '${declared.name}' is declared at ${place(declared.at)}`;
    const says = `'${targetOf(signature)}' takes no field '${name}', only ${names.join(', ')}${where}`;
    report.add(at, says, meant === undefined ? undefined : `{${meant}}`);
  } else if (!isScalar(field.shape)) {
    report.add(at, `the field '${name}' is ${field.shape.type}, and can't stand in a path`);
  }
}

function isScalar({ type }: Shape): boolean {
  return ['string', 'integer', 'number', 'boolean', 'wrong'].includes(type);
}

/** What a request carries is declared once; in a query there is room for plain values only. */
function checkInput({ cursor, route, signature }: BoundReceptor, report: Report): void {
  const input = cursor.field('input');
  const isOwn = signature.parameters === undefined && signature.declaredBy === cursor.name;
  if (input.there && !isOwn) {
    const where =
      signature.declared === undefined ? `the kind of the organ '${signature.organ}'` : place(signature.declared.at);
    report.add(input.keyAt, `the fields of '${targetOf(signature)}' are declared by ${where}`);
  }
  if (route.method !== 'get' && route.method !== 'delete') return;
  const inPath = new Set(route.parameters.map(({ name }) => name));
  for (const [name, { shape, declared }] of signature.input.fields) {
    if (inPath.has(name) || isScalar(shape)) continue;
    const at = declared?.at ?? route.cursor.keyAt;
    report.add(at, `the field '${name}' is ${shape.type}, and can't stand in the query of ${route.method}`);
  }
}

function checkDistinct(receptors: Cursor, report: Report): void {
  const first = new Map<string, string>();
  for (const cursor of receptors.fields) {
    const route = routeOf(cursor);
    if (route === undefined) continue;
    const shape = `${route.method} ${routeShape(route.path)}`;
    const other = first.get(shape);
    if (other === undefined) first.set(shape, cursor.name);
    else report.add(route.cursor.at, `'${other}' answers ${route.method} ${route.path} already`);
  }
}

/** GET must change nothing, whoever follows the link: only what is read-only in every state may be asked by it. */
export function checkSafety(
  receptors: readonly BoundReceptor[],
  changes: ReadonlyMap<string, { readonly at: { line: number; column: number } }>,
  report: Report,
): void {
  for (const { route, signature } of receptors) {
    const change = changes.get(targetOf(signature));
    if (route.method !== 'get' || change === undefined) continue;
    report.add(
      route.cursor.keyAt,
      `'${targetOf(signature)}' changes the entity at ${place(change.at)}, which get must not`,
    );
  }
}

/** The receptor with every default filled in. */
export function receptorPlan({ cursor, route, signature }: BoundReceptor, cell: Cursor): ReceptorPlan {
  const own = cursor.field('limits');
  const bound = (name: 'body' | 'rate' | 'ratePerKey'): string =>
    own.field(name).text ?? cell.field(name).text ?? GENOME_DEFAULTS[name];
  return {
    method: route.method,
    path: route.path,
    parameters: route.parameters.map(({ name }) => name),
    organ: signature.organ,
    verb: signature.verb,
    input: signature.input,
    output: signature.output,
    carries: signature.carries,
    access: accessOf(cursor.field('access')),
    bodyBytes: parseSize(bound('body')) ?? 0,
    rate: rateOf(bound('rate')),
    ratePerKey: rateOf(bound('ratePerKey')),
    summary: cursor.field('summary').text ?? '',
  };
}

export function rateOf(text: string): Rate {
  return parseRate(text) ?? { requests: 0, periodMs: 1 };
}

function accessOf(cursor: Cursor): Access {
  const { text } = cursor;
  if (text === 'public' || text === 'passport' || text === 'peers') return text;
  const keys = cursor.elements.flatMap((key) => (key.text === undefined ? [] : [key.text]));
  return text === undefined && keys.length > 0 ? keys : 'loopback';
}
