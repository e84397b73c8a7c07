import { LIMITS } from '../../../contract/limits.ts';
import { type Draft, draftsIn } from '../chart/reading.ts';
import type { Cursor } from '../cursor.ts';
import { type Declared, WRONG } from '../expression/type.ts';
import { METHODS, type Method } from '../kinds/kind.ts';
import type { Position } from '../problems.ts';
import { NO_FIELDS, type ObjectShape, type ShapeField, textShape } from '../shape.ts';
import type { Directory, OrganEntry, Signature } from './directory.ts';
import { place, type Report } from './names.ts';
import type { Shapes } from './shapes.ts';

/**
 * The events of entities and modules. Each is declared once: by its organ under `events`, or by the one receptor that
 * brings it, whose path and `input` are its fields.
 */
export function eventSignature(organ: string, name: string, input: ObjectShape, declared: Declared): Signature {
  return {
    organ,
    verb: name,
    meaning: '',
    carries: 'json',
    methods: undefined,
    parameters: undefined,
    input,
    output: WRONG,
    declared,
    asked: false,
  };
}

/** The events that an organ declares itself. */
export function declaredEvents(organ: Cursor, shapes: Shapes): Map<string, Signature> {
  const entries = organ.field('events').fields.map((event) => {
    const declared = { name: event.name, at: event.keyAt, used: false };
    return [event.name, eventSignature(organ.name, event.name, shapes.fields(event), declared)] as const;
  });
  return new Map(entries);
}

/** A path as a receptor has it: its method, and its parameters with their places. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly cursor: Cursor;
  readonly parameters: readonly { readonly name: string; readonly at: Position }[];
}

/** The route of a receptor; undefined where it has none, or two of which nobody knows which one was meant. */
export function routeOf(receptor: Cursor): Route | undefined {
  const given = METHODS.filter((method) => receptor.field(method).text !== undefined);
  const [method] = given;
  if (method === undefined || given.length > 1) return undefined;
  const cursor = receptor.field(method);
  const path = cursor.text ?? '';
  const parameters = [...path.matchAll(/[{]([^}]*)[}]/g)].map((match) => ({
    name: match[1] ?? '',
    at: cursor.textAt(match.index + 1),
  }));
  return { method, path, cursor, parameters };
}

/** The events that charts take without their organ declaring them, declared by the receptors that bring them. */
export function eventsOfReceptors(
  directory: Directory,
  charts: ReadonlyMap<string, Draft>,
  receptors: Cursor,
  shapes: Shapes,
  report: Report,
): void {
  for (const [organ, root] of charts) {
    const entry = directory.entries.get(organ);
    if (entry === undefined) continue;
    const taken = new Set(draftsIn(root).flatMap(({ cursor }) => cursor.field('on').fields.map(({ name }) => name)));
    for (const event of taken) {
      if (!entry.signatures.has(event)) declareByReceptor(entry, event, receptors, shapes, report);
    }
  }
}

function declareByReceptor(entry: OrganEntry, event: string, receptors: Cursor, shapes: Shapes, report: Report): void {
  const senders = receptors.fields.filter((receptor) => receptor.field('to').text === `${entry.name}.${event}`);
  const [first, ...others] = senders;
  const route = first === undefined ? undefined : routeOf(first);
  if (first === undefined || route === undefined) return;
  const declared = { name: event, at: first.field('to').at, used: true };
  entry.signatures.set(event, eventSignature(entry.name, event, inputOf(first, route, shapes), declared));
  for (const other of others) {
    const says = `'${entry.name}.${event}' has its fields from the receptor at ${place(first.keyAt)}; declare them under events to let two bring it`;
    report.add(other.field('to').at, says);
  }
}

/** Path parameters are texts, unless `input` says their type. */
function inputOf(receptor: Cursor, route: Route, shapes: Shapes): ObjectShape {
  const { fields } = receptor.has('input') ? shapes.fields(receptor.field('input')) : NO_FIELDS;
  const all = new Map<string, ShapeField>();
  for (const { name, at } of route.parameters) {
    all.set(name, { shape: textShape(LIMITS.entityKeyMax, 1), declared: { name, at, used: false } });
  }
  for (const [name, field] of fields) all.set(name, field);
  return { type: 'object', fields: all };
}
