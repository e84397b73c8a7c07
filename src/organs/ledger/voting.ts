import { LIMITS } from '../../contract/limits.ts';
import type { Json } from '../../contract/words.ts';
import { type Answer, refused, type Work } from './facts.ts';
import { judge } from './judge.ts';
import { COMMITTEE_LINE, type Hash, type Line } from './names.ts';
import { digestOf, homeOf, isOrder, type Order, type Place, type Signed } from './order.ts';
import { bodyOf, changeSlot, putBody, slotRow, tallyOf } from './promises.ts';
import { decidedOf, outcomeOf, tipOf } from './records.ts';
import { type Refusal, refusal } from './refusals.ts';
import { mayVote } from './rules.ts';
import { judgeSignatures } from './signatures.ts';
import { voteOf } from './statement.ts';

/**
 * The fast path, ballot 0: an owner's order gets this validator's vote, once for each slot that it has a leg in. The vote
 * is on the disk before it leaves. What can't be voted for is answered with what is known here; that is no vote either way.
 */
export function takeOrder(work: Work, signed: Signed): Answer | undefined {
  const { body } = signed;
  if (!isOrder(body)) return refused(refusal('malformed'));
  const { committee, draft } = work;
  if (body.ledger !== committee.ledger) return refused(refusal('wrong_ledger'));
  const value = digestOf(body);
  const decided = decidedOf(draft, value);
  if (decided !== undefined) return { answer: 'decided', ...decided };
  if (body.committee !== committee.number) {
    return refused(refusal('wrong_committee', { known: { committee: committee.number } }));
  }
  const found = placesRefused(work, body, value) ?? promisesRefused(work, body, value);
  if (found !== undefined) return refused(found);
  if (bodyOf(draft, value) === undefined || !hasVoted(work, body, value)) {
    const unfit = judgeSignatures(signed, work.verify) ?? judge(draft, body, work.now) ?? busy(work);
    if (unfit !== undefined) return refused(unfit);
    for (const place of body.legs) changeSlot(draft, committee.number, place, { vote: value });
    putBody(draft, value, signed);
  }
  work.say('asker', voteOf(homeOf(body), { ballot: 0, value }));
  return undefined;
}

/** Each leg must be the next slot of its line, after the outcome that it names. */
export function placesRefused({ draft }: Work, body: Order, value: Hash): Refusal | undefined {
  for (const [leg, place] of body.legs.entries()) {
    const found = placeRefused(draft, place, value);
    if (found !== undefined) return { ...found, leg };
  }
  return undefined;
}

function placeRefused(draft: Work['draft'], place: Place, value: Hash): Refusal | undefined {
  const { line, sequence, previous } = place;
  const tip = tipOf(draft, line);
  if (tip === undefined) return refusal('unknown_pending');
  const known = { line, sequence: tip.sequence, head: tip.head };
  if (sequence > tip.sequence + 1) return refusal('gap', { known });
  if (sequence === tip.sequence + 1) return previous === tip.head ? undefined : refusal('fork', { known });
  const outcome = outcomeOf(draft, place);
  return outcome === undefined || outcome.value === value
    ? refusal('spent', { known })
    : refusal('spent', { known: { ...known, value: outcome.value } });
}

function promisesRefused(work: Work, body: Order, value: Hash): Refusal | undefined {
  const { committee, draft } = work;
  const other = officeRefused(work, homeOf(body).line);
  if (other !== undefined) return other;
  const rows = body.legs.map((place) => slotRow(draft, committee.number, place));
  if (mayVote(rows, value)) return undefined;
  const balloted = rows.findIndex(({ joined }) => joined > 0);
  if (balloted >= 0) {
    return refusal('balloted', { leg: balloted, known: { ballot: rows[balloted]?.joined ?? 0 } });
  }
  const leg = rows.findIndex(({ vote }) => vote !== null && vote !== value);
  // Two orders of one owner for one slot, both signed, convict the owner: whoever asked now has both.
  const voted = bodyOf(draft, rows[leg]?.vote ?? '');
  return refusal('voted', { leg, ...(voted === undefined ? {} : { known: voted as unknown as Json }) });
}

/** Whether this validator may promise anything in the line: those who hand over only in the committee's own. */
export function officeRefused(work: Work, line: Line): Refusal | undefined {
  if (work.seat === undefined) return refusal('not_in_office');
  return line !== COMMITTEE_LINE && isHandingOver(work) ? refusal('handing_over') : undefined;
}

/** Whoever has joined a ballot of the committee's own slot promises nothing in any other slot any more. */
export function isHandingOver({ committee, draft }: Work): boolean {
  return slotRow(draft, committee.number, { line: COMMITTEE_LINE, sequence: committee.number }).joined > 0;
}

function hasVoted({ committee, draft }: Work, body: Order, value: Hash): boolean {
  return body.legs.every((place) => slotRow(draft, committee.number, place).vote === value);
}

function busy({ draft }: Work): Refusal | undefined {
  return tallyOf(draft).slots >= LIMITS.ledgerOpenSlotsMax ? refusal('busy') : undefined;
}
