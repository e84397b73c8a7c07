import type { Protocol, Scenario } from './protocol.ts';
import { IDS_MAX, States, type Trio } from './states.ts';
import type { Validator } from './validator.ts';
import type { Open } from './world.ts';

export interface Found {
  /** States of the three honest validators, those that differ only in who is who counted once. */
  readonly states: number;
  readonly worlds: number;
  /** False where `statesMax` ended the search. */
  readonly exhausted: boolean;
  readonly violation: string | undefined;
  /** What was said on the way there, in order. */
  readonly trace: readonly string[];
}

export interface SearchOptions {
  /** @default no limit */
  readonly statesMax?: number;
  /** Asked of every state that has no violation: what must be true of it besides. */
  readonly judge?: (validators: readonly Validator[], open: Open) => string | undefined;
}

const HONEST = 3;
/** A trio is packed into one number below 2^53. */

/**
 * Every state that the scenario can come to, breadth first, until one breaks a promise. What the network does needs no
 * state: all that was said stays said, and may reach anybody at any time, or never.
 */
export function search(scenario: Scenario, protocol: Protocol, options: SearchOptions = {}): Found {
  const validators = new States(scenario, protocol);
  const first = pack(...validators.start);
  const cameFrom = new Map<number, number>([[first, -1]]);
  const queue = [first];
  const found = (state: number, violation: string | undefined, exhausted = true): Found => ({
    states: cameFrom.size,
    worlds: validators.worlds,
    exhausted,
    violation,
    trace: violation === undefined ? [] : traceOf(state, cameFrom, validators),
  });
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at] as number;
    const ids = unpack(state);
    const world = validators.worldFor(ids);
    const open = validators.open(world);
    const violation =
      open.violations[0] ??
      options.judge?.(
        ids.map((id) => validators.validator(id)),
        open,
      );
    if (violation !== undefined) return found(state, violation);
    if (cameFrom.size > (options.statesMax ?? Number.POSITIVE_INFINITY)) return found(state, undefined, false);
    for (let who = 0; who < HONEST; who++) {
      // Alike validators have alike futures.
      if (who > 0 && ids[who] === ids[who - 1]) continue;
      for (const next of validators.next(ids[who] as number, world)) {
        const reached = replaced(ids, who, next);
        if (cameFrom.has(reached)) continue;
        cameFrom.set(reached, state);
        queue.push(reached);
      }
    }
  }
  return found(first, undefined);
}

function pack(a: number, b: number, c: number): number {
  return (a * IDS_MAX + b) * IDS_MAX + c;
}

function unpack(state: number): Trio {
  const rest = Math.floor(state / IDS_MAX);
  return [Math.floor(rest / IDS_MAX), rest % IDS_MAX, state % IDS_MAX];
}

function replaced(ids: Trio, who: number, by: number): number {
  let a = who === 0 ? by : ids[0];
  let b = who === 1 ? by : ids[1];
  let c = who === 2 ? by : ids[2];
  // Three numbers in order: who is who doesn't matter.
  if (a > b) [a, b] = [b, a];
  if (b > c) [b, c] = [c, b];
  if (a > b) [a, b] = [b, a];
  return pack(a, b, c);
}

/** Which statements were new in each state from the start to this one. */
function traceOf(state: number, cameFrom: ReadonlyMap<number, number>, validators: States): string[] {
  const path: number[] = [];
  for (let at: number = state; at >= 0; at = cameFrom.get(at) as number) path.push(at);
  const said = path.reverse().map((one) => unpack(one).flatMap((id) => [...validators.validator(id).said]));
  return said.slice(1).map((after, at) => {
    const before = [...(said[at] as string[])];
    const added = after.filter((statement) => {
      const index = before.indexOf(statement);
      if (index >= 0) before.splice(index, 1);
      return index < 0;
    });
    return added.join(' ') || 'forgets';
  });
}
