import type { Json } from '../../contract/words.ts';
import type { Draft } from './book.ts';
import type { ChangeRequest } from './handover.ts';
import type { Hash, ShellId } from './names.ts';
import { isSameSlot, type Outcome, placeIn, type Signed, type Slot } from './order.ts';
import type { Certificate } from './quorum.ts';
import { read, slotKey } from './records.ts';
import { type Choice, NOTHING_PROMISED, type Promises } from './rules.ts';
import type { Handover, Report } from './statement.ts';
import type { Unlock } from './unlocking.ts';

/**
 * What this validator has promised in slots that are open, by committee: a promise binds nobody in the next one. All of it
 * is on the disk before a word of it is said.
 */
export type SlotRow = Promises & {
  /** Behind `certificate`. */
  readonly proof: Certificate | null;
  /** What it has proposed as the leader of its last ballot, so that it never proposes two things. */
  readonly proposed: Choice | null;
  /** What it told the ballot that it joined last, so that it can tell it again, and never differently. */
  readonly reported: Joining | null;
  /** Why it has joined a ballot at all. */
  readonly unlock: Unlock | ChangeRequest | null;
};

/** A report, and what travels with it. */
export type Joining = {
  readonly statement: Report | Handover;
  readonly parts: { readonly [name: string]: Json };
};

const FRESH: SlotRow = { ...NOTHING_PROMISED, proof: null, proposed: null, reported: null, unlock: null };

const rowKey = (committee: number, slot: Slot): string => `slot/${committee}/${slotKey(slot)}`;
const bodyKey = (value: Hash): string => `body/${value}`;
const touchPrefix = (shell: ShellId): string => `touch/${shell}/`;
const TALLY = 'tally';

/** How much is open, so that bounds need no counting. */
export type Tally = { readonly slots: number; readonly held: number };

export function slotRow(draft: Draft, committee: number, slot: Slot): SlotRow {
  return read(draft, rowKey(committee, slot)) ?? FRESH;
}

export function changeSlot(draft: Draft, committee: number, slot: Slot, change: Partial<SlotRow>): void {
  const key = rowKey(committee, slot);
  if (draft.get(key) === undefined) count(draft, { slots: 1, held: 0 });
  draft.put(key, { ...slotRow(draft, committee, slot), ...change } as unknown as Json);
}

export function forgetSlot(draft: Draft, committee: number, slot: Slot): void {
  const key = rowKey(committee, slot);
  if (draft.get(key) === undefined) return;
  draft.remove(key);
  count(draft, { slots: -1, held: 0 });
}

/** The open slots of a committee, with what is promised in each. */
export function* openSlots(draft: Draft, committee: number): Generator<readonly [Slot, SlotRow]> {
  const prefix = `slot/${committee}/`;
  for (const [key, row] of draft.range(prefix)) {
    const at = key.lastIndexOf('/');
    const slot = { line: key.slice(prefix.length, at), sequence: Number(key.slice(at + 1)) };
    yield [slot, row as unknown as SlotRow] as const;
  }
}

export function tallyOf(draft: Draft): Tally {
  return read(draft, TALLY) ?? { slots: 0, held: 0 };
}

export function count(draft: Draft, change: Tally): void {
  const { slots, held } = tallyOf(draft);
  draft.put(TALLY, { slots: slots + change.slots, held: held + change.held });
}

/** What was voted for or certified, and is not decided yet: checked once, when it came. */
export function bodyOf(draft: Draft, value: Hash): Signed | undefined {
  return read(draft, bodyKey(value));
}

export function putBody(draft: Draft, value: Hash, signed: Signed): void {
  draft.put(bodyKey(value), signed as unknown as Json);
}

/** Lets go of a body that no open slot names any more. */
export function dropBody(draft: Draft, committee: number, value: Hash): void {
  const signed = bodyOf(draft, value);
  if (signed === undefined) return;
  const isNamed = signed.body.legs.some((place) => {
    const { vote, certificate, prepared } = slotRow(draft, committee, place);
    return [vote, certificate?.value, prepared?.value].includes(value);
  });
  if (!isNamed) draft.remove(bodyKey(value));
}

/** Marks shells that a certified outcome will change, so that whoever reads them is shown the certificate. */
export function touch(draft: Draft, shells: readonly ShellId[], value: Hash, home: Slot): void {
  for (const shell of shells) draft.put(touchPrefix(shell) + value, { line: home.line, sequence: home.sequence });
}

export function untouch(draft: Draft, shells: readonly ShellId[], value: Hash): void {
  for (const shell of shells) draft.remove(touchPrefix(shell) + value);
}

/** The home slots of certified outcomes that will change the shell. */
export function touching(draft: Draft, shell: ShellId): Slot[] {
  return [...draft.range(touchPrefix(shell))].map(([, slot]) => slot as unknown as Slot);
}

/** True where the body has a leg in the slot and is decided in another one. */
export function isDecidedElsewhere(body: Outcome, slot: Slot): boolean {
  return placeIn(body, slot) !== undefined && !isSameSlot(body.legs[0], slot);
}
