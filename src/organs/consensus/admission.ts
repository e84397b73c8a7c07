import type { Command } from '../../contract/entries.ts';
import { LIMITS, type Timing } from '../../contract/limits.ts';
import type { Answer, Effect, Moment, Outcome } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { JoinRequest } from '../../contract/wire.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import { fetch } from './catching-up.ts';
import { type ConsensusFacts, type ConsensusStep, leaderOf, only, type SelfDescription } from './facts.ts';

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
  if (to === undefined) return refused(facts, 'unreachable', 'no node to ask is known');
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
      onAnswer: 'consensus.joined',
    },
  );
}

/** The contact's answer: the log follows, or the refusal is final, or another try. */
export function takeJoined(
  facts: ConsensusFacts,
  { to, outcome }: Answer,
  options: AdmissionOptions,
  moment: Moment,
): ConsensusStep {
  if (moment.mode !== 'joining') return { facts };
  if (!outcome.ok && isFinal(outcome)) return refused(facts, outcome.code, outcome.detail);
  // Another try even after a good answer: the log may not get here.
  const again = retryLater(facts, options, moment);
  if (!outcome.ok) return only(facts, again);
  return chain(fetch({ ...facts, attempts: 0 }, to), (now) => only(now, again));
}

/** A key that is not or no longer welcome; `revoked` is how a membrane says it. */
function isFinal({ code }: { readonly code: string }): boolean {
  return code === 'refused' || code === 'superseded' || code === 'revoked';
}

function refused(facts: ConsensusFacts, code: string, detail: string | undefined): ConsensusStep {
  const fault = code === 'revoked' ? 'refused' : code;
  return { facts, signals: [{ type: 'consensus.refuse', code: fault, detail: detail ?? null }] };
}

/** Asks the leader for the slots back, or for new ones. */
export function askToReturn(facts: ConsensusFacts, options: AdmissionOptions, moment: Moment): ConsensusStep {
  return askLeader(facts, returning(options), options, moment);
}

type OwnCommand = Extract<Command, { type: 'return' | 'leave' }>;

export function returning({ self }: AdmissionOptions): OwnCommand {
  const { genomes, weight, ...member } = self;
  return { type: 'return', member: { ...member, revoked: false }, genomes, weight };
}

export function leaving({ self }: AdmissionOptions): OwnCommand {
  return { type: 'leave', node: self.node };
}

export function askToLeave(facts: ConsensusFacts, options: AdmissionOptions, moment: Moment): ConsensusStep {
  return askLeader(facts, leaving(options), options, moment);
}

/** Asks, and asks again until an answer changes this node's mode. A leader asks itself: see `settleOwn`. */
function askLeader(
  facts: ConsensusFacts,
  command: OwnCommand,
  options: AdmissionOptions,
  moment: Moment,
): ConsensusStep {
  const to = leaderOf(facts);
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
      onAnswer: 'consensus.settled',
      tag: command.type,
    },
    again,
  );
}

/** The leader's answer to a return or a leave; what it decided is in its log. */
export function takeSettled(facts: ConsensusFacts, answer: Answer, moment: Moment): ConsensusStep {
  const { outcome, tag, to } = answer;
  // What was asked before the mode changed counts no more.
  if ((tag === 'leave') !== (moment.mode === 'leaving')) return { facts };
  if (tag === 'leave') return takeLeave(facts, outcome);
  if (!outcome.ok) return isFinal(outcome) ? refused(facts, outcome.code, outcome.detail) : { facts };
  const { version } = outcome.body as { version: number };
  if (version <= (facts.view?.version ?? 0)) return { facts, signals: [{ type: 'consensus.settled' }] };
  return fetch(facts, to);
}

/** Who has left is a stranger to all members: it can't fetch the entry that says so, and is refused when it asks again. */
function takeLeave(facts: ConsensusFacts, outcome: Outcome): ConsensusStep {
  if (outcome.ok || outcome.code === 'not-a-member') return { facts, signals: [{ type: 'consensus.settled' }] };
  const final = isFinal(outcome) || outcome.code === 'no-authority';
  return final ? refused(facts, outcome.code, outcome.detail) : { facts };
}
