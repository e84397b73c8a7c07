import type { Command } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Moment, Outcome } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId } from '../../contract/words.ts';
import { type Asker, defer, refuse } from './asking.ts';
import { fetch } from './catching-up.ts';
import { type ConsensusFacts, type ConsensusStep, type Held, isLive, leaderOf, only } from './facts.ts';
import { UNDECIDABLE } from './forking.ts';
import { expire, hasRoom, owe } from './waiting.ts';

/**
 * Hands a request on to the leader; the caller is answered once this node has the version that the leader answers. While a
 * new leader is being found, what was asked here waits; what a peer asked is refused, and the peer waits.
 */
export function forward(
  facts: ConsensusFacts,
  request: Omit<Held, 'token'>,
  from: NodeId | undefined,
  asker: Asker = null,
): ConsensusStep {
  if (facts.forked) return only(facts, refuse(asker, UNDECIDABLE));
  if (facts.view === null) return only(facts, refuse(asker, { code: 'starting' }));
  const to = leaderOf(facts);
  if (to === null || to === facts.raft?.self || to === from || !isLive(facts, to)) {
    const waits = from === undefined && facts.sovereign && hasRoom(facts);
    return waits ? hold(facts, request, asker) : only(facts, refuse(asker, NOBODY_LEADS));
  }
  const { kind, body } = request;
  return defer(facts, asker, 'forward', (now, token) =>
    only(now, {
      effect: 'ask',
      to,
      tree: null,
      kind,
      body,
      deadlineMs: LIMITS.askDeadlineMs,
      onAnswer: kind === 'consensus.read' ? 'consensus.forwardedRead' : 'consensus.forwarded',
      tag: token,
    }),
  );
}

const NOBODY_LEADS = { code: 'no-authority', detail: 'no node that commits entries can be reached' } as const;

function hold(facts: ConsensusFacts, request: Omit<Held, 'token'>, asker: Asker): ConsensusStep {
  return defer(facts, asker, 'held', (now, token) => only({ ...now, held: [...now.held, { ...request, token }] }));
}

/** There is no leader within reach after all. */
export function refuseHeld(facts: ConsensusFacts): ConsensusStep {
  return only({ ...facts, held: [] }, ...facts.held.map(({ token }) => refuse(token, NOBODY_LEADS)));
}

const FORWARDABLE: ReadonlySet<Command['type']> = new Set(['set', 'invite', 'config', 'order', 'revoke']);

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
        ? only(owe(now, { token, version, needs: 'local', copies: 0, epoch: 0, body: outcome.body }, moment))
        : only(now, {
            effect: 'answer',
            token,
            outcome: { ok: false, code: 'deadline', detail: 'too many wait here' },
          }),
    (now) => fetch(now, answer.to),
  );
}

/** The same for a read, which may be asked twice; of a change nobody knows whether it was made. */
export function takeForwardedRead(facts: ConsensusFacts, answer: Answer, moment: Moment): ConsensusStep {
  const { outcome } = answer;
  if (outcome.ok || !facts.sovereign || !hasRoom(facts) || !LOST.has(outcome.code))
    return takeForwarded(facts, answer, moment);
  return hold(facts, { kind: 'consensus.read', body: null }, String(answer.tag));
}

/** How it is said that whoever was asked leads no more, or lives no more. */
const LOST: ReadonlySet<string> = new Set(['unreachable', 'wrong-key', 'no-authority', 'stopping', 'starting']);

function unreachableIsNoAuthority(outcome: Extract<Outcome, { ok: false }>): Outcome {
  const lost = outcome.code === 'unreachable' || outcome.code === 'wrong-key';
  return lost ? { ok: false, ...NOBODY_LEADS } : outcome;
}
