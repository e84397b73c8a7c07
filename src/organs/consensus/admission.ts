import type { Command } from '../../contract/entries.ts';
import { isFaultCode } from '../../contract/errors.ts';
import { LIMITS, type Timing } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { JoinRequest } from '../../contract/wire.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import { type ConsensusFacts, type ConsensusStep, leaderOf, only, type SelfDescription } from './facts.ts';
import { fetch } from './following.ts';

/** How a newcomer gets in: whom it knows, and what it shows them. */
export interface JoinIntent {
  readonly contacts: readonly NodeId[];
  readonly invitation: JoinRequest['invitation'];
}

export interface AdmissionOptions {
  readonly self: SelfDescription;
  readonly join: JoinIntent | null;
  readonly timing: Timing;
}

function retryLater(facts: ConsensusFacts, options: AdmissionOptions, moment: Moment): Effect {
  const pause = Math.min(options.timing.retryMaxMs, options.timing.retryMinMs * 2 ** Math.min(facts.attempts, 10));
  return { effect: 'timer', name: 'consensus.tryAgain', afterMs: Math.round(pause * (0.5 + moment.random() / 2)) };
}

/** Asks the contacts in turn, one a try. */
export function askToJoin(facts: ConsensusFacts, options: AdmissionOptions): ConsensusStep {
  const contacts = options.join?.contacts ?? [];
  const to = contacts[facts.attempts % Math.max(1, contacts.length)];
  if (to === undefined) return { facts };
  const { self } = options;
  const body = { ...self, invitation: options.join?.invitation ?? null } as unknown as Json;
  return only(
    { ...facts, attempts: facts.attempts + 1 },
    {
      effect: 'ask',
      to,
      tree: null,
      kind: 'consensus.join',
      body,
      deadlineMs: LIMITS.askDeadlineMs,
      then: 'consensus.joined',
    },
  );
}

/** The contact's answer: the log follows, or the refusal is final, or another try. */
export function takeJoined(
  facts: ConsensusFacts,
  answer: Answer,
  options: AdmissionOptions,
  moment: Moment,
): ConsensusStep {
  if (facts.view !== null) return { facts };
  if (answer.outcome.ok)
    return chain(fetch({ ...facts, attempts: 0 }, answer.to), (now) => only(now, retryLater(now, options, moment)));
  if (answer.outcome.code === 'refused') return refusedForGood(facts, answer.outcome.detail);
  return only(facts, retryLater(facts, options, moment));
}

function refusedForGood(facts: ConsensusFacts, detail: string | undefined): ConsensusStep {
  return { facts, signals: [{ type: 'consensus.refuse', code: 'refused', detail: detail ?? null }] };
}

/** Asks the leader for the slots back, or for new ones. */
export function askToReturn(facts: ConsensusFacts, options: AdmissionOptions, moment: Moment): ConsensusStep {
  const { genomes, weight, ...member } = options.self;
  const command: Command = { type: 'return', member: { ...member, revoked: false }, genomes, weight };
  return askLeader(facts, command, options, moment);
}

export function askToLeave(facts: ConsensusFacts, options: AdmissionOptions, moment: Moment): ConsensusStep {
  return askLeader(facts, { type: 'leave', node: options.self.node }, options, moment);
}

function askLeader(facts: ConsensusFacts, command: Command, options: AdmissionOptions, moment: Moment): ConsensusStep {
  const to = leaderOf(facts.view);
  const next = { ...facts, attempts: facts.attempts + 1 };
  const again = retryLater(next, options, moment);
  if (to === null || to === options.self.node) return only(next, again);
  const body = { command } as unknown as Json;
  return only(
    next,
    {
      effect: 'ask',
      to,
      tree: null,
      kind: 'consensus.propose',
      body,
      deadlineMs: LIMITS.askDeadlineMs,
      then: 'consensus.settled',
    },
    again,
  );
}

/** The leader's answer to a return or a leave; what it decided is in its log. */
export function takeSettled(facts: ConsensusFacts, answer: Answer): ConsensusStep {
  const { outcome } = answer;
  if (outcome.ok) {
    const { version } = outcome.body as { version: number };
    if (version <= (facts.view?.version ?? 0)) return { facts, signals: [{ type: 'consensus.settled' }] };
    return fetch(facts, answer.to);
  }
  const final = outcome.code === 'refused' || outcome.code === 'superseded';
  if (!final || !isFaultCode(outcome.code)) return { facts };
  return { facts, signals: [{ type: 'consensus.refuse', code: outcome.code, detail: outcome.detail ?? null }] };
}
