import { LIMITS } from '../../../contract/limits.ts';
import type { Answer, Effect, Input, Moment, Signal } from '../../../contract/organ.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import type { Committee } from '../committee.ts';
import { holderOfKey } from '../names.ts';
import type { OfficeContext, OfficeStep } from './context.ts';
import { BARRED_KEY, committeeIn, isOpen, lifeKey, type OfficeFacts, type OpenFacts } from './facts.ts';
import type { HelloAnswer, HelloBody } from './messages.ts';
import { kept } from './taking.ts';

/**
 * Whether this cell may vote. A disk that was lost or restored from a backup has forgotten votes, and whoever votes again is
 * a liar to all others. So a member that starts says in which life it is; every other one remembers the latest of each key,
 * and it votes once 2f of them know of none later. Where f + 1 do, it never votes again with this key, and its seat goes to a
 * spare.
 */

export function nodesOf({ keys }: Committee): NodeId[] {
  return keys.flatMap((key) => holderOfKey(key) ?? []);
}

export function isMember(facts: OpenFacts, self: NodeId): boolean {
  return nodesOf(committeeIn(facts)).includes(self);
}

/** What the machine must hear of who is in office. */
export function standingSignals(facts: OpenFacts, { self }: OfficeContext, mode: string): Signal[] {
  const isSeated = isMember(facts, self);
  if (mode === 'waiting')
    return isSeated ? [{ type: 'ledger.open' }, { type: 'ledger.seat' }] : [{ type: 'ledger.open' }];
  if (mode === 'following' && isSeated) return [{ type: 'ledger.seat' }];
  return (mode === 'voting' || mode === 'greeting') && !isSeated ? [{ type: 'ledger.unseat' }] : [];
}

/** Says hello to the members that have not answered, and again after a while. */
export function greet(facts: OfficeFacts, { self, tree }: OfficeContext, moment: Moment): OfficeStep {
  if (!isOpen(facts) || moment.mode !== 'greeting') return { facts };
  const body = { life: facts.life, token: facts.token };
  const silent = nodesOf(committeeIn(facts)).filter((node) => node !== self && facts.welcomes[node] === undefined);
  const asks = silent.map((to): Effect => {
    const deadlineMs = LIMITS.ledgerAskMs;
    return { effect: 'ask', to, tree, kind: 'ledger.hello', body, deadlineMs, onAnswer: 'ledger.welcomed' };
  });
  return { facts, effects: [...asks, { effect: 'timer', name: 'ledger.greet', afterMs: LIMITS.ledgerGreetMs }] };
}

/** Remembers the life before it says that it knows of no later one. */
export function takeHello(facts: OfficeFacts, { body, from = '' }: Input<HelloBody>): OfficeStep {
  if (!isOpen(facts) || !isNamed(facts, from)) return { facts, effects: [{ effect: 'refuse', code: 'no-committee' }] };
  const { life, token } = body;
  const known = facts.book.get(lifeKey(from)) as HelloBody | undefined;
  const isNew = known === undefined || life > known.life || (life === known.life && token === known.token);
  const reply: Effect = { effect: 'reply', body: { isNew } };
  if (!isNew || life === known?.life) return { facts, effects: [reply] };
  const rows = [{ key: lifeKey(from), value: { life, token } }];
  const after = { ...facts, turn: facts.turn + 1 };
  facts.book.take(rows, after.turn);
  return { facts: after, writes: facts.book.writesOf(rows), effects: [...kept(after, rows), reply] };
}

/** Only of those who are, or may come to be, in office: so there are never many. */
function isNamed(facts: OpenFacts, node: NodeId): boolean {
  const { keys, spares } = facts.ledger.identity.genesis.body;
  return [...keys, ...spares].some((key) => holderOfKey(key) === node);
}

export function takeWelcome(
  facts: OfficeFacts,
  { body }: Input<Answer>,
  { self }: OfficeContext,
  moment: Moment,
): OfficeStep {
  const { to, outcome } = body;
  if (!isOpen(facts) || !outcome.ok || moment.mode !== 'greeting') return { facts };
  const { isNew } = outcome.body as unknown as HelloAnswer;
  const welcomes = { ...facts.welcomes, [to]: isNew };
  const committee = committeeIn(facts);
  const members = nodesOf(committee).filter((node) => node !== self);
  const count = (said: boolean): number => members.filter((node) => welcomes[node] === said).length;
  if (count(false) > committee.f) return bar({ ...facts, welcomes });
  if (count(true) < 2 * committee.f) return { facts: { ...facts, welcomes } };
  return {
    facts: { ...facts, welcomes, ledger: withLearner(facts, false) },
    effects: [{ effect: 'untimer', name: 'ledger.greet' }],
    signals: [{ type: 'ledger.greeted' }],
  };
}

function bar(facts: OpenFacts): OfficeStep {
  const rows = [{ key: BARRED_KEY, value: true as Json }];
  const after = { ...facts, barred: true, turn: facts.turn + 1 };
  facts.book.take(rows, after.turn);
  return {
    facts: after,
    writes: facts.book.writesOf(rows),
    effects: [
      ...kept(after, rows),
      { effect: 'untimer', name: 'ledger.greet' },
      { effect: 'run', name: 'report', params: { event: 'ledger.barred', detail: { life: facts.life } } },
    ],
    signals: [{ type: 'ledger.bar' }],
  };
}

export function withLearner({ ledger }: OpenFacts, learner: boolean): OpenFacts['ledger'] {
  return { ...ledger, identity: { ...ledger.identity, learner } };
}
