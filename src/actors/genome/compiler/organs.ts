import { LIMITS } from '../../../contract/limits.ts';
import { type Draft, readStates } from '../chart/reading.ts';
import type { Cursor } from '../cursor.ts';
import { useWhole } from '../expression/type.ts';
import { isOrganKind, ORGAN_KINDS } from '../kinds/catalogue.ts';
import type { Fields, OrganKind, Verb } from '../kinds/kind.ts';
import { measure, NO_FIELDS, type ObjectShape, type Shape, typeOf } from '../shape.ts';
import type { Directory, Signature } from './directory.ts';
import { declaredEvents } from './events.ts';
import type { Report } from './names.ts';
import type { Shapes } from './shapes.ts';

/** Enters every organ into the directory, with what it may be asked; and reads the states of the charts. */
export function readOrgans(organs: Cursor, directory: Directory, shapes: Shapes, report: Report): Map<string, Draft> {
  const charts = new Map<string, Draft>();
  for (const cursor of organs.fields) {
    const declared = directory.organs.declare(cursor.name, cursor.keyAt);
    const kind = cursor.field('kind');
    if (!isOrganKind(kind.text)) {
      // Nobody knows what it would take, and whoever names it is right to.
      declared.used = true;
      continue;
    }
    const row: OrganKind = ORGAN_KINDS[kind.text];
    if (row.standsAlone) declared.used = true;
    const own = row.takesEvents ? NO_FIELDS : ownFields(cursor, row, shapes, report);
    const signatures = row.takesEvents ? declaredEvents(cursor, shapes) : verbsOf(cursor.name, row, own);
    const what = row.takesEvents ? 'event' : 'verb';
    directory.add({ name: cursor.name, kind: kind.text, cursor, declared, own, signatures, what });
    if (kind.text === 'entity') charts.set(cursor.name, readStates(cursor.field('machine'), report));
  }
  return charts;
}

/** The verbs of a kind for one organ of it, whose own fields some of them take or give. */
function verbsOf(organ: string, kind: OrganKind, own: ObjectShape): Map<string, Signature> {
  const fieldsOf = (of: Fields): ObjectShape =>
    of.own === undefined ? of.fixed : { type: 'object', fields: new Map([...of.fixed.fields, ...own.fields]) };
  return new Map(Object.entries(kind.verbs).map(([name, verb]) => [name, signatureOf(organ, name, verb, fieldsOf)]));
}

/** What an organ declares of its own is part of the interface of the cell type: readers outside use it. */
function ownFields(organ: Cursor, { verbs }: OrganKind, shapes: Shapes, report: Report): ObjectShape {
  const uses = Object.values(verbs)
    .flatMap(({ input, output }) => [input, output])
    .filter(({ own }) => own !== undefined);
  const [first] = uses;
  if (first?.own === undefined) return NO_FIELDS;
  const cursor = organ.field(first.own);
  const reserved = new Set(uses.flatMap(({ fixed }) => [...fixed.fields.keys()]));
  const shape = shapes.fields(cursor);
  useWhole(typeOf(shape));
  checkFitsRegister(shape, cursor, report);
  for (const name of shape.fields.keys()) {
    if (!reserved.has(name)) continue;
    report.add(cursor.field(name).keyAt, `'${name}' is a field that the kind brings along, and can't be declared`);
  }
  return shape;
}

function signatureOf(organ: string, name: string, verb: Verb, fieldsOf: (of: Fields) => ObjectShape): Signature {
  return {
    organ,
    verb: name,
    meaning: verb.meaning,
    carries: verb.carries,
    methods: verb.methods,
    parameters: verb.parameters,
    input: fieldsOf(verb.input),
    output: typeOf(fieldsOf(verb.output)),
    declared: undefined,
    declaredBy: undefined,
    asked: false,
  };
}

/** What is stored in a register must be able to fit into one. */
export function checkFitsRegister(shape: Shape, cursor: Cursor, report: Report): void {
  const { bytes } = measure(shape);
  if (bytes <= LIMITS.entityBytesMax) return;
  const says = `can hold ${bytes} bytes even in plain ASCII, more than the ${LIMITS.entityBytesMax} that are stored`;
  report.add(cursor.keyAt, `${cursor.path.join('.')} ${says}; set maxLength, maxItems or maxEntries`);
}
