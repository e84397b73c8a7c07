import { LIMITS } from '../../../contract/limits.ts';
import type { Effect, Moment } from '../../../contract/organ.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import type { RowWrite } from '../book.ts';
import { readInput } from '../read-input.ts';
import { refusal } from '../refusals.ts';
import type { LedgerInput } from '../validator.ts';
import { ballotsAfter, nextDue, overdue } from './ballot-clock.ts';
import type { OfficeContext, OfficeStep } from './context.ts';
import { type Driven, drive, partsOf, type Reply } from './driving.ts';
import { fraudKey, type OfficeFacts, type OpenFacts } from './facts.ts';
import { standingSignals } from './standing.ts';
import { asJson, suspect } from './suspicion.ts';

/** Inputs of peers, of this node's own relay and of its clocks, on their way into the rules and out again. */

/** What a step of the rules becomes: rows to write, words for the others, and clocks. `replies` are for the caller to send. */
export interface Taken {
  readonly step: OfficeStep & { readonly facts: OpenFacts };
  readonly replies: readonly Reply[];
}

/** Inputs that were read already. */
export function take(facts: OpenFacts, inputs: readonly LedgerInput[], context: OfficeContext, moment: Moment): Taken {
  const { self, ports } = context;
  const driven = drive(facts, inputs, { self, sign: ports.signer.sign }, moment);
  const { heard, frauds } = suspect(
    driven.facts,
    inputs.filter((_, at) => isFit(driven.replies[at])),
  );
  const proofs = frauds.flatMap((fraud): RowWrite[] => {
    const key = fraudKey(fraud.committee, fraud.first.stamp.seat);
    return facts.book.get(key) === undefined ? [{ key, value: asJson(fraud) }] : [];
  });
  facts.book.take(proofs, driven.facts.turn);
  const rows = [...driven.rows, ...proofs];
  const ballots = ballotsAfter(facts.ballots, driven.rows, moment.monotonic);
  const after = { ...driven.facts, heard, ballots };
  return {
    replies: driven.replies,
    step: {
      facts: after,
      writes: facts.book.writesOf(rows),
      effects: [
        ...kept(after, rows),
        ...outgoing(context, driven.outbound),
        ...ballotTimer(after, facts, moment),
        ...told(driven),
        ...proofs.map((proof): Effect => ({ effect: 'run', name: 'report', params: { event: 'ledger.fraud', proof } })),
      ],
      signals: standingSignals(after, context, moment.mode),
    },
  };
}

/** What was refused for its shape or its signatures says nothing about those whom it names. */
function isFit(reply: Reply | undefined): boolean {
  if (reply?.answer !== 'refused') return true;
  return !['malformed', 'bad_signature', 'wrong_ledger', 'wrong_committee'].includes(reply.refusal.code);
}

/** Once this leaves, the rows are on the disk. */
export function kept({ turn, book }: OfficeFacts, rows: readonly RowWrite[]): Effect[] {
  return rows.length === 0 ? [] : [{ effect: 'run', name: 'kept', params: { book, turn } }];
}

function outgoing({ tree }: OfficeContext, outbound: Driven['outbound']): Effect[] {
  const max = { items: LIMITS.ledgerInputsMax, bytes: LIMITS.ledgerInputsBytes };
  return [...outbound].flatMap(([to, inputs]) =>
    partsOf(inputs, max).map((part): Effect => {
      const body = { inputs: part } as unknown as Json;
      return { effect: 'tell', to, tree, kind: 'ledger.tell', body };
    }),
  );
}

/** The organ's one timer for ballots, set where the next one is due. */
function ballotTimer(after: OfficeFacts, before: OfficeFacts, moment: Moment): Effect[] {
  const due = nextDue(after.ballots);
  if (due === nextDue(before.ballots)) return [];
  return due === undefined
    ? [{ effect: 'untimer', name: 'ledger.late' }]
    : [{ effect: 'timer', name: 'ledger.late', afterMs: Math.max(0, due - moment.monotonic) }];
}

function told({ notes }: Driven): Effect[] {
  return notes.flatMap((note): Effect[] => {
    if (note.note === 'committee') return [report('ledger.committee', { number: note.number })];
    return note.note === 'contradiction' ? [report('ledger.contradiction', { ...note } as unknown as Json)] : [];
  });
}

function report(event: string, detail: Json): Effect {
  return { effect: 'run', name: 'report', params: { event, detail } };
}

/** Questions and words of peers: each input is read by itself, and one that can't be read spoils no other. */
export function takeAsked(
  facts: OfficeFacts,
  inputs: readonly Json[],
  context: OfficeContext,
  moment: Moment,
): Taken | undefined {
  if (facts.ledger === null) return undefined;
  const open = { ...facts, ledger: facts.ledger };
  const read = inputs.map((input) => readInput(input));
  const { step, replies } = take(
    open,
    read.filter((input) => input !== undefined),
    context,
    moment,
  );
  let next = 0;
  const all = read.map((input) => (input === undefined ? MALFORMED : (replies[next++] as Reply)));
  return { step, replies: all };
}

const MALFORMED: Reply = { answer: 'refused', refusal: refusal('malformed') };

/** Ballots that have taken too long. */
export function takeLate(facts: OfficeFacts, context: OfficeContext, moment: Moment): OfficeStep {
  if (facts.ledger === null) return { facts };
  const { due, ballots } = overdue(facts.ballots, moment.monotonic);
  const inputs = due.map(({ slot, ballot }): LedgerInput => ({ kind: 'timeout', slot, ballot }));
  const { step } = take({ ...facts, ledger: facts.ledger, ballots }, inputs, context, moment);
  const next = nextDue(step.facts.ballots);
  const timer: Effect[] =
    next === undefined ? [] : [{ effect: 'timer', name: 'ledger.late', afterMs: Math.max(0, next - moment.monotonic) }];
  return { ...step, effects: [...(step.effects ?? []), ...timer] };
}

/** What a peer says without waiting for an answer. */
export function membersOf({ cells }: OfficeFacts, self: NodeId): readonly NodeId[] {
  return cells.filter((node) => node !== self);
}
