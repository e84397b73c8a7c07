import type { Json } from '../../contract/words.ts';
import { type Committee, nextCommittee } from './committee.ts';
import { type Answer, NOTED, refused, type Work } from './facts.ts';
import { NOTHING_GATHERED } from './gathered.ts';

import { COMMITTEE_LINE } from './names.ts';
import { type Change, digestOf, homeOf, type Signed } from './order.ts';
import { bodyOf, forgetSlot, openSlots, putBody } from './promises.ts';
import { COMMITTEE_KEY, type DecidedRow, decidedOf, type Evidence, putDecided, putOutcome } from './records.ts';
import { refusal } from './refusals.ts';
import { rootOf, sumAfter } from './root.ts';
import { cascade, committeeKey, handedKey, heldAt, release, takeHeld, unsignedRefused } from './settling.ts';
import type { Wish } from './statement.ts';
import { applyHanded } from './succession.ts';

/** A member's opinion that these seats should go to spares. f + 1 of the same make the others hand over. */
export function takeWish(work: Work, drop: readonly number[]): Answer | undefined {
  const { committee, identity } = work;
  if (work.seat === undefined) return refused(refusal('not_in_office'));
  if (nextCommittee(committee, identity.genesis.body, drop, committee.head) === undefined) {
    return refused(refusal('malformed'));
  }
  const statement: Wish = { kind: 'wish', drop };
  work.say('asker', statement);
  return undefined;
}

/** Keeps bodies that a change settles, for when it can be applied. */
export function keepHanded(work: Work, { settled }: Change, bodies: readonly Signed[]): void {
  if (bodies.length === 0) return;
  const values = new Set(settled.map(({ value }) => value));
  for (const signed of bodies) {
    const value = digestOf(signed.body);
    const isWanted = values.has(value) && decidedOf(work.draft, value) === undefined;
    if (isWanted && unsignedRefused(work, signed) === undefined) putBody(work.draft, value, signed);
  }
}

/**
 * The next committee takes office once all that it was handed is applied here; until then the decision is held, and tried
 * again whenever something was applied.
 */
export function settleChange(work: Work, decided: DecidedRow & { readonly signed: Signed<Change> }): Answer {
  const { body } = decided.signed;
  if (!seated(work, decided)) takeHeld(work, decided);
  else for (const signed of bodiesOf(work, body)) cascade(work, signed.body);
  return NOTED;
}

export function resumeChange(work: Work): void {
  const held = heldChange(work);
  if (held !== undefined) settleChange(work, held);
}

/** A change that is decided and can't be applied yet. */
export function heldChange(work: Work): (DecidedRow & { readonly signed: Signed<Change> }) | undefined {
  const held = heldAt(work, { line: COMMITTEE_LINE, sequence: work.committee.number })?.decided;
  return held?.signed.body.kind === 'change' ? (held as DecidedRow & { signed: Signed<Change> }) : undefined;
}

function seated(work: Work, decided: DecidedRow & { readonly signed: Signed<Change> }): boolean {
  const { committee, draft } = work;
  const { body } = decided.signed;
  const value = digestOf(body);
  const next = nextCommittee(committee, work.identity.genesis.body, body.drop, value);
  const evidence: Evidence = { by: 'change', committee: committee.number };
  const after = applyHanded(draft, body.settled, (one) => bodyOf(draft, one), evidence);
  if (next === undefined || after === undefined) return false;
  // Another root means that something which was settled before has not come yet: nothing else tells it.
  if (rootOf(sumAfter(work.sum, draft, after.writes())) !== body.root) return false;
  for (const write of after.writes()) {
    if (write.value === undefined) draft.remove(write.key);
    else draft.put(write.key, write.value);
  }
  const home = homeOf(body);
  putOutcome(draft, home, { value, home: { line: home.line, sequence: home.sequence } });
  putDecided(draft, value, decided);
  release(work, home);
  work.notes.push({ note: 'settled', ...decided });
  noteHanded(work, body, evidence);
  sit(work, next);
  return true;
}

function noteHanded(work: Work, body: Change, evidence: Evidence): void {
  for (const slot of body.settled) {
    work.draft.put(handedKey(slot), { value: slot.value });
    const signed = decidedOf(work.draft, slot.value)?.signed;
    if (signed === undefined) continue;
    for (const { line, sequence } of signed.body.legs) {
      release(work, { line, sequence });
      work.notes.push({ note: 'applied', slot: { line, sequence }, value: slot.value });
    }
    work.notes.push({ note: 'settled', signed, evidence });
  }
}

/** Nothing that was promised in the old committee binds anybody any more: an order that was not handed over is void. */
function sit(work: Work, next: Committee): void {
  const { committee, draft } = work;
  for (const [slot] of [...openSlots(draft, committee.number)]) forgetSlot(draft, committee.number, slot);
  for (const prefix of ['body/', 'touch/']) for (const [key] of [...draft.range(prefix)]) draft.remove(key);
  work.gathered = NOTHING_GATHERED;
  draft.put(COMMITTEE_KEY, next as unknown as Json);
  draft.put(committeeKey(next.number), next as unknown as Json);
  work.notes.push({ note: 'committee', number: next.number });
}

function bodiesOf({ draft }: Work, { settled }: Change): Signed[] {
  return settled.flatMap(({ value }) => decidedOf(draft, value)?.signed ?? []);
}
