import { isStampedLeaf, leafOf, type Stamp } from './batch.ts';
import { type Committee, quorum, type Verify } from './committee.ts';
import type { Hash, Line } from './names.ts';
import type { Slot } from './order.ts';
import type { Choice } from './rules.ts';
import { type Acknowledgement, acknowledgementOf, type Said, type Vote, voteOf } from './statement.ts';

/**
 * 2f + 1 validators who said the same of a slot: votes make a certificate, which locks; acknowledgements make a settlement,
 * which pays. Anybody can put one together, hand it on and check it.
 */
export type Quorum = {
  readonly of: 'vote' | 'ack';
  readonly committee: number;
  readonly line: Line;
  readonly sequence: number;
  readonly ballot: number;
  readonly value: Hash;
  /** Ascending by seat, each seat once. */
  readonly stamps: readonly Stamp[];
};

export type Certificate = Quorum & { readonly of: 'vote' };
export type Settlement = Quorum & { readonly of: 'ack' };

/** What each of a quorum has said. */
export function statementOf(of: Quorum['of'], slot: Slot, choice: Choice): Vote | Acknowledgement {
  return of === 'vote' ? voteOf(slot, choice) : acknowledgementOf(slot, choice);
}

/**
 * A quorum from the stamps that hold; undefined while there are too few distinct seats. Stamps that don't hold are left
 * out, so that one validator can't spoil what the others made.
 */
export function gather<Q extends Quorum>(
  of: Q['of'],
  slot: Slot,
  choice: Choice,
  stamps: readonly Stamp[],
  committee: Committee,
  verify: Verify,
): Q | undefined {
  const leaf = leafOf(statementOf(of, slot, choice));
  const bySeat = new Map<number, Stamp>();
  for (const stamp of stamps) {
    if (bySeat.size === quorum(committee)) break;
    if (bySeat.has(stamp.seat) || !isStampedLeaf(leaf, stamp, committee, verify)) continue;
    bySeat.set(stamp.seat, stamp);
  }
  if (bySeat.size < quorum(committee)) return undefined;
  const { line, sequence } = slot;
  const { ballot, value } = choice;
  const sorted = [...bySeat.values()].sort((a, b) => a.seat - b.seat);
  return { of, committee: committee.number, line, sequence, ballot, value, stamps: sorted } as unknown as Q;
}

/** True where it is of this committee and 2f + 1 of its seats said it. */
export function isQuorum(quorumShown: Quorum, committee: Committee, verify: Verify): boolean {
  const { of, stamps } = quorumShown;
  if (quorumShown.committee !== committee.number || stamps.length < quorum(committee)) return false;
  const leaf = leafOf(statementOf(of, quorumShown, quorumShown));
  return (
    stamps.length <= committee.keys.length &&
    stamps.every(({ seat }, at) => at === 0 || seat > (stamps[at - 1] as Stamp).seat) &&
    stamps.every((stamp) => isStampedLeaf(leaf, stamp, committee, verify))
  );
}

/** What was said of the slot, taken together. */
export function choiceOf({ ballot, value }: Choice): Choice {
  return { ballot, value };
}

export function stampsOf(said: readonly Said[]): Stamp[] {
  return said.map(({ stamp }) => stamp);
}
