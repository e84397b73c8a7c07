import type { Command } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Moment, Outcome } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Json } from '../../contract/words.ts';
import { fetch } from './catching-up.ts';
import { type ConsensusFacts, type ConsensusStep, isLive, leaderOf, only } from './facts.ts';
import { UNDECIDABLE } from './forking.ts';
import { expire, hasRoom, owe } from './waiting.ts';

/** Hands a request on to the leader; the caller is answered once this node has the version that the leader answers. */
export function forward(
  facts: ConsensusFacts,
  kind: 'consensus.propose' | 'consensus.join' | 'consensus.read',
  body: Json,
): ConsensusStep {
  if (facts.forked) return only(facts, UNDECIDABLE);
  const to = leaderOf(facts.view);
  if (to === null) return only(facts, { effect: 'refuse', code: 'starting' });
  if (!isLive(facts, to))
    return only(facts, {
      effect: 'refuse',
      code: 'no-authority',
      detail: 'the node that commits entries cannot be reached',
    });
  const token = `forward-${facts.nextToken}`;
  return only(
    { ...facts, nextToken: facts.nextToken + 1 },
    { effect: 'defer', token },
    {
      effect: 'ask',
      to,
      tree: null,
      kind,
      body,
      deadlineMs: LIMITS.askDeadlineMs,
      onAnswer: 'consensus.forwarded',
      tag: token,
    },
  );
}

const FORWARDABLE: ReadonlySet<Command['type']> = new Set(['set', 'invite', 'config', 'order']);

/** What a member may hand to the leader for somebody else; the rest it must ask itself. */
export function isForwardable(command: Command): boolean {
  return FORWARDABLE.has(command.type);
}

/** The leader's answer, passed on when this node's own log has come so far: who asked here then reads what it wrote. */
export function takeForwarded(facts: ConsensusFacts, answer: Answer, moment: Moment): ConsensusStep {
  const token = String(answer.tag);
  const { outcome } = answer;
  if (!outcome.ok) return only(facts, { effect: 'answer', token, outcome: unreachableIsNoAuthority(outcome) });
  const { version } = outcome.body as { version: number };
  if (version <= (facts.view?.version ?? 0)) return only(facts, { effect: 'answer', token, outcome });
  return chain(
    expire(facts, moment),
    (now) =>
      hasRoom(now)
        ? only(owe(now, { token, version, needs: 'local', copies: 0, body: outcome.body }, moment))
        : only(now, {
            effect: 'answer',
            token,
            outcome: { ok: false, code: 'deadline', detail: 'too many wait here' },
          }),
    (now) => fetch(now, answer.to),
  );
}

function unreachableIsNoAuthority(outcome: Extract<Outcome, { ok: false }>): Outcome {
  const lost = outcome.code === 'unreachable' || outcome.code === 'wrong-key';
  return lost
    ? { ok: false, code: 'no-authority', detail: 'the node that commits entries cannot be reached' }
    : outcome;
}
