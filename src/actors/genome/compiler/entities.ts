import { LIMITS } from '../../../contract/limits.ts';
import { nearest } from '../../../contract/nearest.ts';
import type { JsonObject } from '../../../contract/words.ts';
import { type CompiledChart, compileChart } from '../chart/compile.ts';
import { checkFlow } from '../chart/flow.ts';
import type { Draft } from '../chart/reading.ts';
import type { AwaitedAnswer } from '../chart/sends.ts';
import type { Cursor } from '../cursor.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import { compileExpression, type Expression } from '../expression/expression.ts';
import { Scope } from '../expression/scope.ts';
import { describeType, fits, INTEGER, STRING, useWhole } from '../expression/type.ts';
import type { EntityPlan, EventPlan, ModulePlan } from '../plan.ts';
import { durationAt, sizeAt } from '../quantities.ts';
import { type ObjectShape, typeOf } from '../shape.ts';
import type { Directory, OrganEntry, Signature } from './directory.ts';
import { place, type Report } from './names.ts';
import { checkFitsRegister } from './organs.ts';
import { modulesTargets } from './plans.ts';
import { changingEvents, settleReplies, transitionsFor } from './replies.ts';
import type { Shapes } from './shapes.ts';

/** An entity while it is compiled: its chart, before its events are known to be asked by anybody. */
export interface EntityDraft {
  readonly entry: OrganEntry;
  readonly context: ObjectShape;
  readonly compiled: CompiledChart;
}

/** Compiles the chart of an entity, whose events must be known by then. */
export function compileEntity(
  entry: OrganEntry,
  root: Draft,
  directory: Directory,
  shapes: Shapes,
  report: Report,
): EntityDraft {
  const organ = entry.cursor;
  const context = shapes.stateFields(organ.field('context'));
  checkFitsRegister(context, organ.field('context'), report);
  const surroundings = { organ, context, events: entry.signatures, directory, report };
  const compiled = compileChart(root, surroundings);
  settleReplies(compiled.chart, entry.signatures, report);
  return { entry, context, compiled };
}

/** The answer of a call has the fields that the event which brings it takes; what it has besides is left out. */
export function checkAwaited(awaited: readonly AwaitedAnswer[], report: Report): void {
  for (const { callee, answer, cursor } of awaited) {
    const { output } = callee;
    if (output.is === 'wrong') continue;
    const fields = output.is === 'object' ? output.fields : new Map();
    for (const [name, { shape }] of answer.input.fields) {
      const given = fields.get(name);
      const wanted = typeOf(shape);
      if (given !== undefined && fits(given.type, wanted)) continue;
      const has = given === undefined ? describeType(output) : `${describeType(given.type)} as '${name}'`;
      const says = `'${answer.verb}' takes ${describeType(wanted)} as '${name}', '${callee.organ}.${callee.verb}' answers ${has}`;
      report.add(cursor.at, says);
    }
  }
}

/** What the entity is, once everybody who sends it anything is known. */
export function entityPlan({ entry, context, compiled }: EntityDraft, report: Report): EntityPlan {
  const organ = entry.cursor;
  const changes = changingEvents(compiled.chart);
  const events = [...entry.signatures.values()].map((signature): [string, EventPlan] => {
    const key = signature.asked ? keyFor(signature, organ.field('key'), report) : undefined;
    return [
      signature.verb,
      { input: signature.input, reply: signature.output, key, readOnly: !changes.has(signature.verb) },
    ];
  });
  return {
    kind: 'entity',
    context,
    initial: initialOf(context),
    events: Object.fromEntries(events),
    chart: compiled.chart,
    idleMs: durationAt(organ.field('idle'), GENOME_DEFAULTS.idle, [1_000, LIMITS.entityIdleMaxMs], report),
  };
}

function initialOf({ fields }: ObjectShape): JsonObject {
  return Object.fromEntries([...fields].map(([name, { initial }]) => [name, initial ?? null]));
}

/** The key is computed from every event that comes from outside: each must have what it takes. */
function keyFor({ verb, input, declared }: Signature, cursor: Cursor, report: Report): Expression | undefined {
  const { text } = cursor;
  if (text === undefined) return undefined;
  const { expression, slips } = compileExpression(text, Scope.of({ event: typeOf(input), now: INTEGER }), STRING);
  const [slip] = slips;
  // The same slip for several events is one mistake.
  if (slip === undefined || report.problems.some(({ at }) => place(at) === place(cursor.textAt(slip.start))))
    return expression;
  const where = declared === undefined ? '' : ` (declared at ${place(declared.at)})`;
  report.add(cursor.textAt(slip.start), `of the event '${verb}'${where}: ${slip.text}`, slip.meant);
  return expression;
}

/** What only matters where nothing is wrong: where the chart leads, and what nothing uses. */
export function checkEntityFlow({ compiled, context, entry }: EntityDraft, report: Report): void {
  checkFlow(compiled.chart, report);
  compiled.delays.reportUnused();
  for (const [name, { declared }] of context.fields) {
    if (declared?.used === false) report.add(declared.at, `nothing reads the field '${name}' of the context`);
  }
  for (const signature of entry.signatures.values()) {
    const isTaken = transitionsFor(compiled.chart, signature.verb).length > 0;
    checkEventUse(signature, isTaken, report);
  }
}

/** Of an event that nobody sends or takes, what it would carry is no news. */
function checkEventUse({ verb, input, declared }: Signature, isTaken: boolean, report: Report): void {
  const isSent = declared?.used !== false;
  if (declared !== undefined && !(isTaken && isSent)) {
    const wrong = isTaken ? 'nothing sends' : isSent ? 'no state takes' : 'nothing uses';
    report.add(declared.at, `${wrong} the event '${verb}'`);
    return;
  }
  for (const [name, field] of input.fields) {
    if (field.declared?.used === false)
      report.add(field.declared.at, `nothing reads the field '${name}' of the event '${verb}'`);
  }
}

/** A module: its events are taken by its file, of which only the name is known here. */
export function modulePlan(entry: OrganEntry, directory: Directory, shapes: Shapes, report: Report): ModulePlan {
  const organ = entry.cursor;
  const state = shapes.stateFields(organ.field('state'));
  checkFitsRegister(state, organ.field('state'), report);
  const events = [...entry.signatures.values()].map(({ verb, input, output }): [string, EventPlan] => {
    return [verb, { input, reply: output, key: undefined, readOnly: false }];
  });
  return {
    kind: 'module',
    file: organ.field('file').text ?? '',
    state,
    events: Object.fromEntries(events),
    sends: modulesTargets(organ, directory, report),
    memoryBytes: sizeAt(
      organ.field('memory'),
      GENOME_DEFAULTS.moduleMemory,
      [LIMITS.moduleMemoryMin, LIMITS.moduleMemoryMax],
      report,
    ),
    deadlineMs: durationAt(
      organ.field('deadline'),
      GENOME_DEFAULTS.moduleDeadline,
      [1, LIMITS.moduleDeadlineMaxMs],
      report,
    ),
  };
}

/** What a module says it answers, before receptors and calls look at it. */
export function settleModule(entry: OrganEntry, shapes: Shapes, report: Report): void {
  const replies = entry.cursor.field('replies');
  const empty = { type: 'object', fields: new Map() } as const;
  for (const signature of entry.signatures.values()) {
    const reply = replies.field(signature.verb);
    signature.output = typeOf(reply.there ? shapes.read(reply) : empty);
    // Only its file knows what it reads.
    useWhole(signature.output);
    useWhole(typeOf(signature.input));
  }
  for (const event of [...replies.fields, ...entry.cursor.field('sends').fields]) checkOwnEvent(entry, event, report);
}

function checkOwnEvent({ signatures }: OrganEntry, event: Cursor, report: Report): void {
  if (signatures.has(event.name)) return;
  const events = [...signatures.keys()];
  const meant = nearest(event.name, events);
  const declared = meant === undefined ? undefined : signatures.get(meant)?.declared;
  const where = declared === undefined ? '' : `; '${meant}' is declared at ${place(declared.at)}`;
  report.add(event.keyAt, `there is no event '${event.name}', only ${events.join(', ')}${where}`, meant);
}
