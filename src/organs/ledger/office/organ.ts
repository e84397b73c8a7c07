import { base64url } from '../../../contract/encoding.ts';
import type { NodeEvents } from '../../../contract/events.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { Answer, Effect, EffectScope, Input, Moment, Organ } from '../../../contract/organ.ts';
import type { Store } from '../../../contract/ports.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import { Draft } from '../book.ts';
import { ledgerMachine } from '../machine.ts';
import { openSlots } from '../promises.ts';
import { slotKey } from '../records.ts';
import { beginLedger } from '../validator.ts';
import { awaitGenesis, charter, nameCommittee, seekGenesis, takeGenesis } from './chartering.ts';
import {
  compare,
  compareWith,
  standingOf,
  takeCompared,
  takeFeed,
  takeFetch,
  takeFetched,
  takeListed,
} from './comparing.ts';
import type { OfficeContext, OfficeStep } from './context.ts';
import {
  BARRED_KEY,
  committeeIn,
  FEED_LENGTH_KEY,
  genesisIn,
  isOpen,
  LIFE_KEY,
  type OfficeFacts,
  type Underway,
} from './facts.ts';
import { type LookBody, takeLook, takeOffice, takeProof } from './looking.ts';
import {
  type FeedBody,
  type FetchBody,
  type HelloBody,
  type InputsBody,
  ledgerAnswers,
  ledgerMessages,
} from './messages.ts';
import { absentAfter, canvass, takeWishAsked, takeWished } from './replacing.ts';
import { StoreBook } from './rows.ts';
import { greet, standingSignals, takeHello, takeWelcome } from './standing.ts';
import { kept, takeAsked, takeLate } from './taking.ts';

const NO_COMMITTEE: Effect = { effect: 'refuse', code: 'no-committee', retryAfterMs: LIMITS.ledgerSettleMs };

/** The ledger of one cell: the rules of its folder, with a disk, a clock and peers. */
export function officeOrgan(context: OfficeContext): Organ<OfficeFacts> {
  type Take<B> = (facts: OfficeFacts, input: Input<B>, context: OfficeContext, moment: Moment) => OfficeStep;
  const on =
    <B>(take: Take<B>) =>
    (facts: OfficeFacts, input: Input<B>, moment: Moment): OfficeStep =>
      take(facts, input, context, moment);
  return {
    id: 'ledger',
    machine: ledgerMachine,
    begin: (store, moment) => begin(store, context, moment),
    messages: ledgerMessages,
    answers: ledgerAnswers,
    receive: {
      'ledger.ask': on<InputsBody>(takeAsk),
      'ledger.tell': on<InputsBody>(takeTell),
      'ledger.late': on((facts, _input, _context, moment) => takeLate(facts, context, moment)),
      'ledger.hello': on<HelloBody>(takeHello),
      'ledger.welcomed': on<Answer>(takeWelcome),
      'ledger.greet': on((facts, _input, _context, moment) => greet(facts, context, moment)),
      'ledger.compare': on(takeCompare),
      'ledger.nudge': on((facts, { from }) => (from === undefined ? { facts } : compareWith(facts, from, context))),
      /** This node's own relay lacks something that the peer may have. */
      'ledger.catchup': on<{ readonly peer: NodeId }>((facts, { body }) => compareWith(facts, body.peer, context)),
      'ledger.compared': on<Answer>(takeCompared),
      'ledger.feed': on<FeedBody>(takeFeed),
      'ledger.listed': on<Answer>(takeListed),
      'ledger.fetch': on<FetchBody>(takeFetch),
      'ledger.fetched': on<Answer>(takeFetched),
      'ledger.wish': on<{ readonly drop: readonly number[] }>(takeWishAsked),
      'ledger.wished': on<Answer>(takeWished),
      'ledger.found': on<Json>(takeGenesis),
      'ledger.charter': on((facts) => charter(facts, context)),
      'ledger.uncharted': on((facts) => ({ facts, effects: [CHARTER_AGAIN] })),
      'ledger.look': on<LookBody>(takeLook),
      'ledger.proof': on<{ readonly value: string }>(takeProof),
      'ledger.office': on(takeOffice),
      'consensus.committed': on<NodeEvents['consensus.committed']>(takeView),
      'pulse.changed': on<NodeEvents['pulse.changed']>(takeOpinion),
    },
    actions: {
      /** Once more with each seat: those who confirmed an earlier one may not be in office any more. */
      greet: (facts, _signal, moment) => greet({ ...facts, welcomes: {} }, context, { ...moment, mode: 'greeting' }),
    },
    effects: officeEffects(context),
  };
}

const CHARTER_AGAIN: Effect = { effect: 'timer', name: 'ledger.charter', afterMs: LIMITS.ledgerSettleMs };

function officeEffects(context: OfficeContext): Organ<OfficeFacts>['effects'] {
  return {
    kept: ({ book, turn }: { readonly book: StoreBook; readonly turn: number }) => book.kept(turn),
    seek: (_params: null, scope: EffectScope) => seekGenesis(context, scope),
    charter: ({ nodes }: { readonly nodes: readonly NodeId[] }, scope: EffectScope) =>
      nameCommittee(context, nodes, scope),
    report: ({ event, ...detail }: { readonly event: string }, { ports }: EffectScope) =>
      ports.log.warn(event, detail as { readonly [name: string]: Json }),
  };
}

/** A new life on what the disk knows; the life itself is written before anybody hears of it. */
function begin(store: Pick<Store, 'get' | 'range'>, context: OfficeContext, moment: Moment): OfficeStep {
  const book = new StoreBook(store, context.tree);
  const genesis = genesisIn(book);
  const life = ((book.get(LIFE_KEY) as number | undefined) ?? 0) + 1;
  const rows = [{ key: LIFE_KEY, value: life }];
  book.take(rows, 1);
  const identity = { key: context.ports.signer.spki, learner: true, verify: context.verify };
  const closed: OfficeFacts = {
    book,
    ledger: genesis === undefined ? null : beginLedger({ ...identity, genesis }, book),
    turn: 1,
    life,
    token: base64url(moment.randomBytes(16)),
    barred: book.get(BARRED_KEY) === true,
    welcomes: {},
    feed: (book.get(FEED_LENGTH_KEY) as number | undefined) ?? 0,
    ballots: new Map(),
    cells: [],
    down: new Set(),
    absent: new Map(),
    pulling: new Set(),
    heard: new Map(),
  };
  const facts = { ...closed, ballots: ballotsOf(closed, moment.monotonic) };
  const signals = isOpen(facts) ? standingSignals(facts, context, 'waiting') : [];
  return {
    facts,
    writes: book.writesOf(rows),
    effects: [
      ...kept(facts, rows),
      { effect: 'run', name: 'seek', params: null },
      { effect: 'timer', name: 'ledger.compare', afterMs: Math.round(LIMITS.ledgerCompareMs * moment.random()) },
      ...(facts.ballots.size === 0 ? [] : [{ effect: 'timer', name: 'ledger.late', afterMs: 0 } as const]),
    ],
    signals: facts.barred ? [{ type: 'ledger.bar' }] : signals,
  };
}

/** Ballots that it was in before: they go on at once. */
function ballotsOf(facts: OfficeFacts, nowMs: number): OfficeFacts['ballots'] {
  const ballots = new Map<string, Underway>();
  if (!isOpen(facts)) return ballots;
  for (const [slot, { joined }] of openSlots(new Draft(facts.book), committeeIn(facts).number)) {
    if (joined > 0) ballots.set(slotKey(slot), { slot, ballot: joined, dueAt: nowMs });
  }
  return ballots;
}

function takeAsk(facts: OfficeFacts, { body }: Input<InputsBody>, context: OfficeContext, moment: Moment): OfficeStep {
  const taken = takeAsked(facts, body.inputs, context, moment);
  if (taken === undefined) return { facts, effects: [NO_COMMITTEE] };
  const reply: Effect = { effect: 'reply', body: { answers: taken.replies as unknown as Json } };
  return { ...taken.step, effects: [...(taken.step.effects ?? []), reply] };
}

function takeTell(facts: OfficeFacts, { body }: Input<InputsBody>, context: OfficeContext, moment: Moment): OfficeStep {
  return takeAsked(facts, body.inputs, context, moment)?.step ?? { facts };
}

function takeCompare(facts: OfficeFacts, { from }: Input<unknown>, context: OfficeContext, moment: Moment): OfficeStep {
  // The same kind is this cell's own timer, and a peer's question.
  if (from !== undefined) {
    return { facts, effects: [isOpen(facts) ? { effect: 'reply', body: standingOf(facts) } : NO_COMMITTEE] };
  }
  const absent = absentAfter(facts, moment.monotonic);
  const step = compare({ ...facts, absent }, context, moment);
  return { ...step, effects: [...(step.effects ?? []), ...canvass({ ...facts, absent }, context, moment)] };
}

function takeView(
  facts: OfficeFacts,
  { body }: Input<NodeEvents['consensus.committed']>,
  context: OfficeContext,
): OfficeStep {
  const slots = body.view.trees[context.tree]?.slots ?? [];
  const cells = slots.map(({ node }) => node);
  const isSame = cells.length === facts.cells.length && cells.every((node, at) => node === facts.cells[at]);
  const after = isSame ? facts : { ...facts, cells };
  return awaitGenesis(after, facts, context);
}

function takeOpinion(
  facts: OfficeFacts,
  { body }: Input<NodeEvents['pulse.changed']>,
  context: OfficeContext,
): OfficeStep {
  const down = new Set(facts.down);
  if (body.state === 'live') down.delete(body.node);
  else down.add(body.node);
  return awaitGenesis({ ...facts, down }, facts, context);
}
