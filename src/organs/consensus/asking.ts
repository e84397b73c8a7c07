import type { Effect, Outcome } from '../../contract/organ.ts';
import type { ConsensusFacts, ConsensusStep } from './facts.ts';

/**
 * Whoever is to be answered: the sender of the input at hand (null), or one that was put off earlier, by its token. What
 * was held while nobody led is worked on as if it had just come.
 */
export type Asker = string | null;

export function reply(asker: Asker, body: Extract<Outcome, { ok: true }>['body']): Effect {
  return asker === null ? { effect: 'reply', body } : { effect: 'answer', token: asker, outcome: { ok: true, body } };
}

export function refuse(asker: Asker, refusal: Omit<Extract<Outcome, { ok: false }>, 'ok'>): Effect {
  return asker === null
    ? { effect: 'refuse', ...refusal }
    : { effect: 'answer', token: asker, outcome: { ok: false, ...refusal } };
}

/** Puts the asker off, if it hasn't been put off before: `then` owes the answer under the token. */
export function defer(
  facts: ConsensusFacts,
  asker: Asker,
  name: string,
  then: (facts: ConsensusFacts, token: string) => ConsensusStep,
): ConsensusStep {
  if (asker !== null) return then(facts, asker);
  const token = `${name}-${facts.nextToken}`;
  const step = then({ ...facts, nextToken: facts.nextToken + 1 }, token);
  return { ...step, effects: [{ effect: 'defer', token }, ...(step.effects ?? [])] };
}
