import type { Step } from './organ.ts';

const NONE: readonly never[] = [];

/** Runs decisions one after the other on the facts that each leaves, and adds up what they ask for. */
export function chain<Facts>(first: Step<Facts>, ...rest: readonly ((facts: Facts) => Step<Facts>)[]): Step<Facts> {
  let { facts, writes = NONE, effects = NONE, signals = NONE } = first;
  for (const decide of rest) {
    const step = decide(facts);
    facts = step.facts;
    writes = joined(writes, step.writes);
    effects = joined(effects, step.effects);
    signals = joined(signals, step.signals);
  }
  return { facts, writes, effects, signals };
}

/** Most decisions ask for nothing: then nothing is copied. */
function joined<T>(before: readonly T[], more: readonly T[] | undefined): readonly T[] {
  if (more === undefined || more.length === 0) return before;
  return before.length === 0 ? more : [...before, ...more];
}
