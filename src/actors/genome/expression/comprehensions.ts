import type { Json } from '../../../contract/words.ts';
import { ExpressionFailure, OutOfSteps } from './meter.ts';
import type { Frame, Run } from './scope.ts';

/** How a comprehension goes through a list, or the keys of a map. Every turn costs what its body does. */
export interface Turn {
  readonly range: Run;
  readonly slot: number;
  readonly body: Run;
}

function* turns({ range, slot }: Turn, frame: Frame): Generator<Json> {
  const over = range(frame);
  const items: readonly Json[] = Array.isArray(over) ? over : Object.keys(over as object);
  for (const item of items) {
    frame.meter.spend(1);
    frame.slots[slot] = item;
    yield item;
  }
}

/** `exists` and `all`: decided by the first item that decides it, as `||` and `&&` are, failures of others regardless. */
export function quantifier(turn: Turn, decisive: boolean): Run {
  return (frame) => {
    let failure: ExpressionFailure | undefined;
    for (const _item of turns(turn, frame)) {
      const said = attempt(turn.body, frame);
      if (said === decisive) return decisive;
      if (said instanceof ExpressionFailure) failure ??= said;
    }
    if (failure !== undefined) throw failure;
    return !decisive;
  };
}

export function existsOne(turn: Turn): Run {
  return (frame) => {
    let count = 0;
    for (const _item of turns(turn, frame)) if (turn.body(frame) === true) count += 1;
    return count === 1;
  };
}

export function filtering(turn: Turn): Run {
  return (frame) => {
    const kept: Json[] = [];
    for (const item of turns(turn, frame)) if (turn.body(frame) === true) kept.push(item);
    return kept;
  };
}

/** `map`, with or without a condition on the items. */
export function mapping(turn: Turn, condition: Run | undefined): Run {
  return (frame) => {
    const made: Json[] = [];
    for (const _item of turns(turn, frame)) {
      if (condition === undefined || condition(frame) === true) made.push(turn.body(frame));
    }
    return made;
  };
}

/** `cel.bind(name, value, body)`. */
export function binding(slot: number, value: Run, body: Run): Run {
  return (frame) => {
    frame.slots[slot] = value(frame);
    return body(frame);
  };
}

/** `||` and `&&`: either side may decide it alone, even where the other one fails. */
export function logical(left: Run, right: Run, decisive: boolean): Run {
  return (frame) => {
    const first = attempt(left, frame);
    if (first === decisive) return decisive;
    const second = right(frame);
    if (second === decisive || !(first instanceof ExpressionFailure)) return second;
    throw first;
  };
}

function attempt(run: Run, frame: Frame): Json | ExpressionFailure {
  try {
    return run(frame);
  } catch (error) {
    // The end of the budget is the end, whatever the other side would say.
    if (!(error instanceof ExpressionFailure) || error instanceof OutOfSteps) throw error;
    frame.meter.spend(FAILURE_STEPS);
    return error;
  }
}

/** What making and catching a failure takes. */
const FAILURE_STEPS = 25;
