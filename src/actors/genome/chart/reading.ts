import { LIMITS } from '../../../contract/limits.ts';
import { Names, type Report } from '../compiler/names.ts';
import type { Cursor } from '../cursor.ts';
import type { StateType } from './plan.ts';

/** A state of a chart as the file has it: its name resolved, its transitions not yet. */
export interface Draft {
  readonly path: string;
  readonly name: string;
  readonly type: StateType;
  readonly cursor: Cursor;
  readonly parent: Draft | undefined;
  readonly children: readonly Draft[];
  readonly names: Names;
}

/** Reads the states of a chart, and says what in their build is wrong. */
export function readStates(machine: Cursor, report: Report): Draft {
  const root = draftOf(machine, undefined, report);
  const all = draftsIn(root);
  if (all.length - 1 > LIMITS.chartStatesMax) {
    report.add(
      machine.keyAt,
      `a state chart has at most ${LIMITS.chartStatesMax} states, this one has ${all.length - 1}`,
    );
  }
  for (const draft of all) checkBuild(draft, report);
  return root;
}

function draftOf(cursor: Cursor, parent: Draft | undefined, report: Report): Draft {
  const name = parent === undefined ? '' : cursor.name;
  const path = parent === undefined || parent.path === '' ? name : `${parent.path}.${name}`;
  const children: Draft[] = [];
  const draft: Draft = {
    path,
    name,
    type: typeOf(cursor),
    cursor,
    parent,
    children,
    names: new Names('state', report),
  };
  for (const child of cursor.field('states').fields) {
    // The outermost state is no level of its own.
    if (path.split('.').length >= LIMITS.chartDepthMax) {
      report.add(child.keyAt, `states are nested at most ${LIMITS.chartDepthMax} levels deep`);
      break;
    }
    draft.names.declare(child.name, child.keyAt, true);
    children.push(draftOf(child, draft, report));
  }
  return draft;
}

function typeOf(cursor: Cursor): StateType {
  const { text } = cursor.field('type');
  return text === 'parallel' || text === 'final' || text === 'history' ? text : 'normal';
}

export function draftsIn(draft: Draft): readonly Draft[] {
  return [draft, ...draft.children.flatMap(draftsIn)];
}

/** What each type of state may not have, since it would never matter. */
const IDLE_FIELDS: { readonly [type in StateType]: readonly string[] } = {
  normal: ['history', 'target'],
  parallel: ['history', 'target', 'initial'],
  final: ['history', 'target', 'initial', 'states', 'on', 'after', 'onDone', 'exit'],
  history: ['initial', 'states', 'on', 'after', 'onDone', 'entry', 'exit'],
};

function checkBuild(draft: Draft, report: Report): void {
  const { cursor, type, children, parent } = draft;
  const what = parent === undefined ? 'the machine' : `the state '${draft.path}'`;
  const kind = type === 'normal' ? 'one that is not of type history' : `one of type ${type}`;
  for (const field of IDLE_FIELDS[type].filter((name) => cursor.has(name))) {
    report.add(cursor.field(field).keyAt, `${what} is ${kind}, where '${field}' means nothing`);
  }
  if (type === 'history' && (parent === undefined || parent.type !== 'normal')) {
    report.add(cursor.keyAt, `${what} must stand inside of a state that it can lead back into`);
  }
  const real = children.filter((child) => child.type !== 'history');
  if (type === 'normal' && real.length > 0) checkInitial(draft, what, report);
  if (type === 'normal' && real.length === 0) checkChildless(draft, what, report);
  if (type === 'parallel' && real.length < 2) {
    report.add(cursor.keyAt, `${what} is one of type parallel, which needs two states inside`);
  }
}

function checkInitial({ cursor, names, children }: Draft, what: string, report: Report): void {
  const initial = cursor.field('initial');
  if (!cursor.has('initial')) {
    report.add(cursor.keyAt, `${what} lacks the field 'initial': which state inside is entered first`);
    return;
  }
  if (initial.text === undefined) return;
  const declared = names.use(initial.text, initial.at);
  const chosen = children.find(({ name }) => name === declared?.name);
  if (chosen?.type === 'history')
    report.add(initial.at, `'${chosen.name}' is a history state, and can't be entered first`);
}

function checkChildless({ cursor, parent }: Draft, what: string, report: Report): void {
  if (parent === undefined) report.add(cursor.field('states').keyAt, `${what} has no states`);
  if (cursor.has('initial'))
    report.add(cursor.field('initial').keyAt, `${what} has no states inside that could be entered`);
  if (cursor.has('onDone'))
    report.add(cursor.field('onDone').keyAt, `${what} has no states inside that could come to an end`);
}
