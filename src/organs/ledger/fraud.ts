import { canonical } from '../../contract/encoding.ts';
import { isStamped } from './batch.ts';
import type { Committee, Verify } from './committee.ts';
import { type Frontier, frontierHash } from './handover.ts';
import { type Hash, isPendingId, type Line } from './names.ts';
import { digestOf, isOrder, isSameSlot, type Outcome, type Signed, type Slot } from './order.ts';
import { slotKey } from './records.ts';
import { judgeSignatures } from './signatures.ts';
import type { Acknowledgement, Handover, Report, Said, Statement, Vote } from './statement.ts';

/**
 * Two signatures that nobody who keeps to the protocol ever makes. Whoever has both can show them to anybody: no other
 * word is needed, and no honest validator can be shown to be one that lies.
 */
export type ValidatorFraud = {
  readonly of: 'validator';
  readonly committee: number;
  readonly first: Said;
  readonly second: Said;
  /** Where a trade is voted for: the bodies of the votes, which say which slots they take. */
  readonly bodies?: readonly Outcome[];
  /** Where a hand-over hides something: the list that it names. */
  readonly frontier?: Frontier;
};

/** Two orders of one owner for one slot of its shell. */
export type OwnerFraud = { readonly of: 'owner'; readonly line: Line; readonly first: Signed; readonly second: Signed };

/** What the two contradict each other in. */
export type Conflict =
  | 'two votes in a ballot'
  | 'two votes in a slot'
  | 'two acknowledgements in a ballot'
  | 'two reports to a ballot'
  | 'two proposals in a ballot'
  | 'a report that hides a vote'
  | 'a report that hides an acknowledgement'
  | 'a hand-over that hides an acknowledgement';

export interface Shown {
  readonly body: (value: Hash) => Outcome | undefined;
  readonly frontier: Frontier | undefined;
}

/** True for a proof that holds against a seat of this committee. */
export function isValidatorFraud(proof: ValidatorFraud, committee: Committee, verify: Verify): boolean {
  const { first, second } = proof;
  const bodies = new Map((proof.bodies ?? []).map((body) => [digestOf(body), body]));
  return (
    proof.committee === committee.number &&
    first.stamp.seat === second.stamp.seat &&
    isStamped(first.statement, first.stamp, committee, verify) &&
    isStamped(second.statement, second.stamp, committee, verify) &&
    conflictOf(first.statement, second.statement, (value) => bodies.get(value), proof.frontier) !== undefined
  );
}

export function isOwnerFraud({ line, first, second }: OwnerFraud, verify: Verify): boolean {
  const places = [first, second].map(({ body }) => body.legs.find((place) => place.line === line));
  const [a, b] = places;
  return (
    a !== undefined &&
    b !== undefined &&
    !isPendingId(line) &&
    isSameSlot(a, b) &&
    isOrder(first.body) &&
    isOrder(second.body) &&
    first.body.ledger === second.body.ledger &&
    first.body.committee === second.body.committee &&
    digestOf(first.body) !== digestOf(second.body) &&
    judgeSignatures(first, verify) === undefined &&
    judgeSignatures(second, verify) === undefined
  );
}

/**
 * In what two statements of one seat of one committee contradict each other; undefined where an honest validator may have
 * made both.
 */
export function conflictOf(
  a: Statement,
  b: Statement,
  body: Shown['body'] = () => undefined,
  frontier?: Frontier,
): Conflict | undefined {
  return twiceOf(a, b, body) ?? hiddenBy(a, b, { body, frontier }) ?? hiddenBy(b, a, { body, frontier });
}

const TWICE = {
  vote: 'two votes in a ballot',
  ack: 'two acknowledgements in a ballot',
  report: 'two reports to a ballot',
  handover: 'two reports to a ballot',
  proposal: 'two proposals in a ballot',
} as const;

function twiceOf(a: Statement, b: Statement, body: Shown['body']): Conflict | undefined {
  if (a.kind !== b.kind || a.kind === 'wish' || b.kind === 'wish' || a.ballot !== b.ballot) return undefined;
  if (isSameSlot(a, b)) return canonical(a) === canonical(b) ? undefined : TWICE[a.kind];
  if (a.kind !== 'vote' || b.kind !== 'vote' || a.ballot !== 0 || a.value === b.value) return undefined;
  return shareSlot(slotsOf(a, body), slotsOf(b, body)) ? 'two votes in a slot' : undefined;
}

/** The slots that a vote takes: those of its body where that is shown, else the one that it names. */
function slotsOf(vote: Vote, body: Shown['body']): readonly Slot[] {
  return body(vote.value)?.legs ?? [vote];
}

function shareSlot(a: readonly Slot[], b: readonly Slot[]): boolean {
  const taken = new Set(a.map(slotKey));
  return b.some((slot) => taken.has(slotKey(slot)));
}

function hiddenBy(said: Statement, joined: Statement, shown: Shown): Conflict | undefined {
  if (joined.kind === 'report') {
    if (said.kind === 'vote') return hidesVote(said, joined, shown);
    return said.kind === 'ack' ? hidesAcknowledgement(said, joined) : undefined;
  }
  return joined.kind === 'handover' && said.kind === 'ack' ? handoverHides(said, joined, shown) : undefined;
}

/** Voted in ballot 0, before or after joining a higher one, and didn't say so. */
function hidesVote(vote: Vote, report: Report, { body }: Shown): Conflict | undefined {
  if (vote.ballot !== 0 || report.vote === vote.value) return undefined;
  return shareSlot(slotsOf(vote, body), [report]) ? 'a report that hides a vote' : undefined;
}

/** Acknowledged a lower ballot, before or after joining this one, and showed no certificate of it or of a later one. */
function hidesAcknowledgement(ack: Acknowledgement, report: Report): Conflict | undefined {
  if (!isSameSlot(ack, report) || ack.ballot >= report.ballot) return undefined;
  const shown = report.certificate?.ballot ?? -1;
  return shown < ack.ballot ? 'a report that hides an acknowledgement' : undefined;
}

function handoverHides(ack: Acknowledgement, handover: Handover, { frontier }: Shown): Conflict | undefined {
  if (isSameSlot(ack, handover) || frontier === undefined || frontierHash(frontier) !== handover.frontier)
    return undefined;
  const open = handover.open.find((one) => isSameSlot(one, ack));
  if (open !== undefined && open.ballot >= ack.ballot) return undefined;
  const isApplied = frontier.some(([line, sequence]) => line === ack.line && sequence >= ack.sequence);
  return isApplied ? undefined : 'a hand-over that hides an acknowledgement';
}
