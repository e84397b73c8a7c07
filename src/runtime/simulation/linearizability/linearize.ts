import { LIMITS } from '../../../contract/limits.ts';

/** An object as it should behave: one operation at a time. States are never changed in place. */
export interface SequentialModel<S, I> {
  readonly initial: S;
  /** The state after the operation; undefined where it can't have gone that way in this state. */
  step(state: S, input: I): S | undefined;
  /** Equal for equal states, and only for those. */
  keyOf(state: S): string;
}

/** An operation as its client saw it, in any unit of time. */
export interface Interval<I> {
  readonly input: I;
  readonly calledAt: number;
  /** Null where it was never answered: it happened at some time after its call, or never. */
  readonly returnedAt: number | null;
}

export type LinearizeVerdict =
  | { readonly verdict: 'possible' }
  /** `detail` names the operation that the longest explanation could not include. */
  | { readonly verdict: 'impossible'; readonly detail: string }
  /** The search would have taken more steps than it may. */
  | { readonly verdict: 'unknown'; readonly steps: number };

/** A call or a return in the list of all of them, in the order of time. */
interface Mark<I> {
  readonly at: number;
  readonly operation: number;
  readonly interval: Interval<I>;
  /** The matching return; null for a return itself. */
  readonly end: Mark<I> | null;
  before: Mark<I> | null;
  after: Mark<I> | null;
}

interface Choice<S, I> {
  readonly call: Mark<I>;
  readonly state: S;
  readonly done: bigint;
}

/**
 * Whether there is an order of the operations, each between its call and its return, that a sequential object explains:
 * the search of Wing and Gong (1993), with Lowe's memory of what has been tried (2017). Operations on different keys are
 * to be searched apart, which is what keeps it fast.
 *
 * @param stepsMax @default LIMITS.linearizeStepsMax
 * @example linearize(registerModel, [{ input: { do: 'read', saw: null }, calledAt: 0, returnedAt: 5 }])
 */
export function linearize<S, I>(
  model: SequentialModel<S, I>,
  intervals: readonly Interval<I>[],
  stepsMax: number = LIMITS.linearizeStepsMax,
): LinearizeVerdict {
  const head = listOf(intervals);
  const tried = new Set<string>();
  const stack: Choice<S, I>[] = [];
  let open = intervals.filter(({ returnedAt }) => returnedAt !== null).length;
  let state = model.initial;
  let done = 0n;
  let mark = head.after;
  let fewestOpen = open + 1;
  let stuckAt = '';
  for (let steps = 0; open > 0; steps++) {
    if (steps >= stepsMax) return { verdict: 'unknown', steps };
    if (mark === null) throw new Error('a return is missing from the list of marks');
    if (mark.end === null) {
      // Nothing after this return can come before its operation, which no choice so far explains.
      if (open < fewestOpen) [fewestOpen, stuckAt] = [open, describe(mark.interval)];
      const last = stack.pop();
      if (last === undefined) return { verdict: 'impossible', detail: stuckAt };
      ({ state, done } = last);
      putBack(last.call);
      if (last.call.interval.returnedAt !== null) open += 1;
      mark = last.call.after;
      continue;
    }
    const next = model.step(state, mark.interval.input);
    const doneNext: bigint = done | (1n << BigInt(mark.operation));
    const trial = next === undefined ? '' : `${doneNext.toString(36)} ${model.keyOf(next)}`;
    if (next === undefined || tried.has(trial)) {
      mark = mark.after;
      continue;
    }
    tried.add(trial);
    stack.push({ call: mark, state, done });
    takeOut(mark);
    if (mark.interval.returnedAt !== null) open -= 1;
    [state, done, mark] = [next, doneNext, head.after];
  }
  return { verdict: 'possible' };
}

/** Where a call and a return are at one moment, the call comes first: they overlap. */
function listOf<I>(intervals: readonly Interval<I>[]): Mark<I> {
  const marks = intervals.flatMap((interval, operation): Mark<I>[] => {
    const at = interval.returnedAt ?? Number.POSITIVE_INFINITY;
    const end: Mark<I> = { at, operation, interval, end: null, before: null, after: null };
    return [{ at: interval.calledAt, operation, interval, end, before: null, after: null }, end];
  });
  marks.sort(
    (a, b) => order(a.at, b.at) || Number(a.end === null) - Number(b.end === null) || a.operation - b.operation,
  );
  const head = { after: null } as Mark<I>;
  let last = head;
  for (const mark of marks) {
    last.after = mark;
    mark.before = last;
    last = mark;
  }
  return head;
}

/** Infinite times are compared, not subtracted: their difference is no number. */
function order(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function takeOut<I>(call: Mark<I>): void {
  for (const mark of [call, call.end as Mark<I>]) {
    if (mark.before !== null) mark.before.after = mark.after;
    if (mark.after !== null) mark.after.before = mark.before;
  }
}

/** In the reverse order of `takeOut`, so that neighbours find each other again. */
function putBack<I>(call: Mark<I>): void {
  for (const mark of [call.end as Mark<I>, call]) {
    if (mark.before !== null) mark.before.after = mark;
    if (mark.after !== null) mark.after.before = mark;
  }
}

function describe<I>({ input, calledAt, returnedAt }: Interval<I>): string {
  return `${JSON.stringify(input)}, asked at ${calledAt} ms and answered at ${returnedAt} ms`;
}
