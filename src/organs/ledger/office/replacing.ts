import { LIMITS } from '../../../contract/limits.ts';
import type { Answer, Effect, Input, Moment } from '../../../contract/organ.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import { type Committee, nextCommittee } from '../committee.ts';
import { honestOf } from '../rules.ts';
import type { Said, Wish } from '../statement.ts';
import type { LedgerInput } from '../validator.ts';
import type { OfficeContext, OfficeStep } from './context.ts';
import { committeeIn, fraudKey, isOpen, type OfficeFacts, type OpenFacts } from './facts.ts';
import { nodesOf } from './standing.ts';
import { take } from './taking.ts';

/**
 * Members whose seats should go to spares: those convicted of lying, and those that have had no live cell for a while. Each
 * member decides so by itself; whoever finds f + 1 of one mind brings the change about.
 */

/** When each member without a live cell was first seen so. */
export function absentAfter(facts: OfficeFacts, nowMs: number): OfficeFacts['absent'] {
  if (!isOpen(facts)) return facts.absent;
  const live = new Set(facts.cells.filter((node) => !facts.down.has(node)));
  const away = nodesOf(committeeIn(facts)).filter((node) => !live.has(node));
  return new Map(away.map((node) => [node, facts.absent.get(node) ?? nowMs]));
}

/** The seats to be given away, ascending; as many as there are spares with live cells. */
export function dropsOf(facts: OpenFacts, nowMs: number): number[] {
  const committee = committeeIn(facts);
  const seats = nodesOf(committee).flatMap((node, seat) =>
    isUnfit(facts, committee, seat, node, nowMs) ? [seat] : [],
  );
  const { spares } = facts.ledger.identity.genesis.body;
  return seats.slice(0, spares.length - committee.sparesSeated);
}

function isUnfit(facts: OpenFacts, committee: Committee, seat: number, node: NodeId, nowMs: number): boolean {
  const since = facts.absent.get(node);
  const isGone = since !== undefined && nowMs - since >= LIMITS.ledgerAbsentMs;
  return isGone || facts.book.get(fraudKey(committee.number, seat)) !== undefined;
}

/** Asks the others whether they are of the same mind. */
export function canvass(facts: OfficeFacts, { self, tree }: OfficeContext, moment: Moment): Effect[] {
  if (!isOpen(facts) || moment.mode !== 'voting') return [];
  const drop = dropsOf(facts, moment.monotonic);
  if (drop.length === 0) return [];
  return nodesOf(committeeIn(facts)).flatMap((to, seat): Effect[] => {
    if (to === self || drop.includes(seat)) return [];
    const deadlineMs = LIMITS.ledgerAskMs;
    const tag = { drop };
    return [
      { effect: 'ask', to, tree, kind: 'ledger.wish', body: { drop }, deadlineMs, onAnswer: 'ledger.wished', tag },
    ];
  });
}

/** A member asks for this one's stamp under its wish; it gets it where this one wishes the same, or its operator does. */
export function takeWishAsked(
  facts: OfficeFacts,
  { body, from }: Input<{ readonly drop: readonly number[] }>,
  context: OfficeContext,
  moment: Moment,
): OfficeStep {
  const refuse: Effect = { effect: 'refuse', code: 'conflict' };
  if (!isOpen(facts)) return { facts, effects: [refuse] };
  const isAgreed = from === undefined || sameList(body.drop, dropsOf(facts, moment.monotonic));
  if (!isAgreed) return { facts, effects: [refuse] };
  const { step, replies } = take(facts, [{ kind: 'wish', drop: body.drop }], context, moment);
  const [reply] = replies;
  const effect: Effect =
    reply?.answer === 'said' ? { effect: 'reply', body: { said: reply.said as unknown as Json } } : refuse;
  return { ...step, effects: [...(step.effects ?? []), effect] };
}

/** One more of the same mind: with this validator's own wish that may be enough. */
export function takeWished(
  facts: OfficeFacts,
  { body }: Input<Answer>,
  context: OfficeContext,
  moment: Moment,
): OfficeStep {
  const { outcome, tag } = body;
  if (!isOpen(facts) || !outcome.ok) return { facts };
  const { drop } = tag as unknown as { readonly drop: readonly number[] };
  const committee = committeeIn(facts);
  if (nextCommittee(committee, facts.ledger.identity.genesis.body, drop, committee.head) === undefined)
    return { facts };
  const own = take(facts, [{ kind: 'wish', drop }], context, moment);
  const [reply] = own.replies;
  if (reply?.answer !== 'said') return { facts };
  const { said } = outcome.body as unknown as { readonly said: Said<Wish> };
  // With f = 1 two wishes are enough; with more the relay of an operator gathers them.
  const wishes = [reply.said as Said<Wish>, said];
  if (wishes.length < honestOf(committee.f)) return own.step;
  const change: LedgerInput = { kind: 'change', request: { drop, wishes } };
  return take(own.step.facts, [change], context, moment).step;
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
