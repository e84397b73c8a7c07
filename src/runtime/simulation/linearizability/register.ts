import type { Json } from '../../../contract/words.ts';
import type { Operation } from '../history.ts';
import type { Interval, SequentialModel } from './linearize.ts';

/** A register as it is: the version that set it, and the value; version 0 for none. */
export interface RegisterState {
  readonly version: number;
  readonly value: Json;
}

export type RegisterInput =
  | { readonly do: 'set'; readonly expected: number; readonly value: Json; readonly version: number }
  | { readonly do: 'read'; readonly saw: RegisterState | null };

/** A compare-and-set register whose versions are the places of its SETs in the log. */
export const registerModel: SequentialModel<RegisterState, RegisterInput> = {
  initial: { version: 0, value: null },
  step: (state, input) => {
    if (input.do === 'read') {
      const saw = input.saw ?? { version: 0, value: null };
      return saw.version === state.version && saw.value === state.value ? state : undefined;
    }
    const { expected, version, value } = input;
    return expected === state.version && version > expected ? { version, value } : undefined;
  },
  keyOf: ({ version }) => String(version),
};

/** What a SET of the load is asked with. Its value is unique in the run. */
export interface SetInput {
  readonly expected: number;
  readonly value: Json;
}

/**
 * The history of each register. Of a SET that failed nobody knows whether it happened; where nobody ever read its value it
 * can be left out, because whoever set the register after it would have had to read it.
 */
export function registerEvents(operations: readonly Operation[]): Map<string, Interval<RegisterInput>[]> {
  const seen = new Map<Json, number>();
  for (const { kind, outcome } of operations) {
    if (kind !== 'read' || outcome?.ok !== true || outcome.output === null) continue;
    const { value, version } = outcome.output as unknown as RegisterState;
    seen.set(value, version);
  }
  const events = new Map<string, Interval<RegisterInput>[]>();
  for (const operation of operations) {
    const interval = intervalOf(operation, seen);
    if (interval !== undefined) events.set(operation.key, [...(events.get(operation.key) ?? []), interval]);
  }
  return events;
}

function intervalOf(operation: Operation, seen: ReadonlyMap<Json, number>): Interval<RegisterInput> | undefined {
  const { kind, input, outcome, calledAt, returnedAt } = operation;
  if (kind === 'read') {
    // A read without an answer says nothing.
    if (outcome?.ok !== true) return undefined;
    return { input: { do: 'read', saw: outcome.output as unknown as RegisterState | null }, calledAt, returnedAt };
  }
  if (kind !== 'set') return undefined;
  const { expected, value } = input as unknown as SetInput;
  if (outcome?.ok === true)
    return { input: { do: 'set', expected, value, version: outcome.output as number }, calledAt, returnedAt };
  const version = seen.get(value);
  return version === undefined
    ? undefined
    : { input: { do: 'set', expected, value, version }, calledAt, returnedAt: null };
}
