import { nearest } from '../../../contract/nearest.ts';
import { place, type Report } from '../compiler/names.ts';
import type { Cursor } from '../cursor.ts';
import { type Draft, draftsIn } from './reading.ts';

/**
 * The state that a target names, seen from the state where it is written: a sibling, else the nearest one around it by
 * that name, or with a dot before, a child. Further dots lead inside. Reports what isn't there, and goes on with the
 * state that was meant.
 *
 * @example resolveTarget(open, 'closed', cursor, report)
 */
export function resolveTarget(from: Draft, at: Cursor, report: Report): Draft | undefined {
  const target = at.text ?? '';
  const steps = target.split('.').filter((step, index) => step !== '' || index > 0);
  const start = target.startsWith('.') ? from : scopeOf(from, steps[0] ?? '');
  let draft = start;
  for (const [index, step] of steps.entries()) {
    const child = childNamed(draft, step);
    if (child === undefined) return missing(draft, steps, index, at, report);
    draft = child;
  }
  return draft;
}

/** The nearest state around that has a child of this name; the outermost one where none has. */
function scopeOf(from: Draft, name: string): Draft {
  // From the machine itself, its own states are meant.
  let scope = from.parent ?? from;
  while (scope.parent !== undefined && childNamed(scope, name) === undefined) scope = scope.parent;
  return scope;
}

function childNamed(draft: Draft, name: string): Draft | undefined {
  return draft.children.find((child) => child.name === name);
}

/** Of the steps that should lead there, the first wrong one is told, with what may stand in its place. */
function missing(
  inside: Draft,
  steps: readonly string[],
  index: number,
  at: Cursor,
  report: Report,
): Draft | undefined {
  const step = steps[index] ?? '';
  const elsewhere = draftsIn(rootOf(inside)).find((draft) => draft.name === step && draft.path !== step);
  const near = index === 0 ? draftsIn(rootOf(inside)).slice(1) : inside.children;
  const meantName = nearest(
    step,
    near.map(({ name }) => name),
  );
  const meant = elsewhere ?? near.find(({ name }) => name === meantName);
  const where = meant === undefined ? '' : `; '${meant.path}' is declared at ${place(meant.cursor.keyAt)}`;
  const text = `there is no state '${step}' ${index === 0 ? 'here' : `in '${inside.path}'`}${where}`;
  report.add(
    at.at,
    text,
    meant === undefined ? undefined : offered(at.text ?? '', steps, index, meant, elsewhere !== undefined),
  );
  return meant;
}

/** The target as it should be written: with the right name in the wrong one's place, or the path that leads there. */
function offered(target: string, steps: readonly string[], index: number, meant: Draft, byPath: boolean): string {
  if (byPath) return meant.path;
  const mended = steps.map((step, place) => (place === index ? meant.name : step)).join('.');
  return target.startsWith('.') ? `.${mended}` : mended;
}

function rootOf(draft: Draft): Draft {
  return draft.parent === undefined ? draft : rootOf(draft.parent);
}
