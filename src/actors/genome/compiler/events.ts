import { LIMITS } from '../../../contract/limits.ts';
import { nearest } from '../../../contract/nearest.ts';
import { type Draft, draftsIn } from '../chart/reading.ts';
import type { Cursor } from '../cursor.ts';
import { type Declared, WRONG } from '../expression/type.ts';
import { METHODS, type Method } from '../kinds/kind.ts';
import type { Position } from '../problems.ts';
import { type ObjectShape, type ShapeField, textShape } from '../shape.ts';
import type { Directory, OrganEntry, Signature } from './directory.ts';
import { place, type Report } from './names.ts';
import type { Shapes } from './shapes.ts';

/**
 * The events of entities and modules. An organ declares them all under `events`; an entity that has no such section has
 * them declared by its receptors, each event by the one that brings it, whose path and `input` are its fields.
 */
export function eventSignature(
  organ: string,
  name: string,
  input: ObjectShape,
  declared: Declared,
  declaredBy?: string,
): Signature {
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
    declaredBy,
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
  return { method, path: cursor.text ?? '', cursor, parameters: parametersOf(cursor) };
}

/** The parameters of a path, whatever field it stands in: the method may be misspelt. */
function parametersOf(cursor: Cursor): Route['parameters'] {
  const { text = '' } = cursor;
  if (!text.startsWith('/')) return [];
  return [...text.matchAll(/[{]([^}]*)[}]/g)].map(({ index, 1: name = '' }) => ({
    name,
    at: cursor.textAt(index + 1),
  }));
}

/** What the receptors of a genome bring to the charts of organs that declare no events themselves. */
export function eventsOfReceptors(
  directory: Directory,
  charts: ReadonlyMap<string, Draft>,
  receptors: Cursor,
  shapes: Shapes,
  report: Report,
): void {
  for (const [organ, root] of charts) {
    const entry = directory.entries.get(organ);
    if (entry === undefined || entry.cursor.has('events')) continue;
    const taken = new Map(draftsIn(root).flatMap(({ cursor }) => cursor.field('on').fields.map((on) => [on.name, on])));
    const brought = receptors.fields.flatMap((receptor) => {
      const event = eventFor(receptor, organ);
      return event === undefined ? [] : [{ receptor, event }];
    });
    for (const on of taken.values()) {
      const senders = sendersOf(on.name, [...taken.keys()], brought);
      declareByReceptor(entry, on, senders, shapes, report);
    }
  }
}

/** The event that a receptor brings to an organ; undefined where it is for another one. */
function eventFor(receptor: Cursor, organ: string): string | undefined {
  const [owner, event, ...rest] = (receptor.field('to').text ?? '').split('.');
  return owner === organ && rest.length === 0 ? event : undefined;
}

interface Sender {
  readonly receptor: Cursor;
  readonly event: string;
}

/**
 * Who brings an event. Where nobody does, whoever brings one that no state takes and that is nearest to this one: one of
 * the two is misspelt, and taken for what was meant, that is told once, where the receptor names it.
 */
function sendersOf(event: string, taken: readonly string[], brought: readonly Sender[]): readonly Sender[] {
  const exact = brought.filter((sender) => sender.event === event);
  if (exact.length > 0) return exact;
  return brought.filter((sender) => !taken.includes(sender.event) && nearest(sender.event, taken) === event);
}

function declareByReceptor(
  entry: OrganEntry,
  on: Cursor,
  [first, ...others]: readonly Sender[],
  shapes: Shapes,
  report: Report,
): void {
  if (first === undefined) return;
  const { receptor, event } = first;
  const declared = { name: on.name, at: event === on.name ? receptor.field('to').at : on.keyAt, used: true };
  const signature = eventSignature(entry.name, on.name, inputOf(receptor, shapes), declared, receptor.name);
  entry.signatures.set(on.name, signature);
  for (const other of others) {
    const says = `'${entry.name}.${on.name}' has its fields from the receptor at ${place(receptor.keyAt)}; declare them under events to let two bring it`;
    report.add(other.receptor.field('to').at, says);
  }
}

/** Path parameters are texts, unless `input` says their type. */
function inputOf(receptor: Cursor, shapes: Shapes): ObjectShape {
  const all = new Map<string, ShapeField>();
  for (const { name, at } of receptor.fields.flatMap(parametersOf)) {
    all.set(name, { shape: textShape(LIMITS.entityKeyMax, 1), declared: { name, at, used: false } });
  }
  const input = receptor.field('input');
  for (const [name, field] of input.there ? shapes.fields(input).fields : []) all.set(name, field);
  return { type: 'object', fields: all };
}
