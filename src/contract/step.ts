import type { Effect, Signal, Step } from './organ.ts';
import type { Write } from './ports.ts';

/** Runs decisions one after the other on the facts that each leaves, and adds up what they ask for. */
export function chain<Facts>(first: Step<Facts>, ...rest: readonly ((facts: Facts) => Step<Facts>)[]): Step<Facts> {
  let facts = first.facts;
  const writes: Write[] = [...(first.writes ?? [])];
  const effects: Effect[] = [...(first.effects ?? [])];
  const signals: Signal[] = [...(first.signals ?? [])];
  for (const decide of rest) {
    const step = decide(facts);
    facts = step.facts;
    writes.push(...(step.writes ?? []));
    effects.push(...(step.effects ?? []));
    signals.push(...(step.signals ?? []));
  }
  return { facts, writes, effects, signals };
}
