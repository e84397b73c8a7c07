import type { Book } from './book.ts';
import {
  type Committee,
  firstCommittee,
  isGenesis,
  ledgerIdOf,
  nextCommittee,
  type SignedGenesis,
  type Verify,
} from './committee.ts';
import { COMMITTEE_LINE, type Hash } from './names.ts';
import { type Change, digestOf, homeOf, isSameSlot, type Signed } from './order.ts';
import { decidedOf, type Evidence, outcomeOf } from './records.ts';
import { isSettlementOf } from './settling.ts';
import { judgeSignatures } from './signatures.ts';

/**
 * Shows anybody who knows the organism's id that an order was settled, without asking anybody: the genesis names the first
 * committee, each change the next one, and a quorum of the right one has acknowledged the order that its owners signed.
 */
export type SettlementProof = {
  readonly v: 1;
  readonly kind: 'settlement-proof';
  readonly genesis: SignedGenesis;
  /** Of committee 1, 2, ... up to the one that the evidence is of. */
  readonly changes: readonly { readonly signed: Signed<Change>; readonly evidence: Evidence }[];
  readonly signed: Signed;
  readonly evidence: Evidence;
};

/** What is wrong with a proof, in the order in which it is looked at. */
export const PROOF_FLAWS = {
  'wrong-organism': 'It is of another organism.',
  'bad-genesis': "The genesis is not signed by the organism's key, or names no committee.",
  'bad-change': 'A change of committee does not follow from the one before.',
  'wrong-ledger': 'The order is of another ledger.',
  'bad-order': "The order is not its owner's.",
  'not-settled': 'Fewer than 2f + 1 of the right committee have acknowledged exactly this.',
} as const;

export type ProofFlaw = keyof typeof PROOF_FLAWS;

/**
 * Undefined for a proof that holds. Its shape has been checked (`readProof`).
 *
 * @example flawOf(readProof(JSON.parse(text)), organism, verify) // undefined: it was settled
 */
export function flawOf(proof: SettlementProof, organism: string, verify: Verify): ProofFlaw | undefined {
  const { genesis, signed, evidence } = proof;
  if (genesis.body.organism !== organism) return 'wrong-organism';
  if (!isGenesis(genesis, verify)) return 'bad-genesis';
  const committees = committeesOf(proof, verify);
  if (committees === undefined) return 'bad-change';
  if (signed.body.ledger !== ledgerIdOf(genesis.body)) return 'wrong-ledger';
  if (judgeSignatures(signed, verify) !== undefined) return 'bad-order';
  return isShownBy(proof, evidence, committees, verify) ? undefined : 'not-settled';
}

/** By number, from 1; undefined where a change doesn't follow. */
function committeesOf({ genesis, changes }: SettlementProof, verify: Verify): Committee[] | undefined {
  const committees = [firstCommittee(genesis.body)];
  for (const { signed, evidence } of changes) {
    const committee = committees.at(-1) as Committee;
    const next = successorOf(committee, genesis, signed.body);
    if (next === undefined || !isSettlementOf(signed.body, evidence, committee, verify)) return undefined;
    committees.push(next);
  }
  return committees;
}

function successorOf(committee: Committee, genesis: SignedGenesis, change: Change): Committee | undefined {
  if (change.kind !== 'change') return undefined;
  const next = nextCommittee(committee, genesis.body, change.drop, digestOf(change));
  const isNext =
    change.ledger === committee.ledger &&
    change.committee === committee.number &&
    homeOf(change).previous === committee.head &&
    homeOf(change).sequence === committee.number &&
    JSON.stringify(next?.keys) === JSON.stringify(change.next);
  return isNext ? next : undefined;
}

function isShownBy(
  { signed, changes }: SettlementProof,
  evidence: Evidence,
  committees: readonly Committee[],
  verify: Verify,
): boolean {
  const value = digestOf(signed.body);
  if (evidence.by === 'change') {
    const settled = changes[evidence.committee - 1]?.signed.body.settled ?? [];
    return settled.some((slot) => slot.value === value && isSameSlot(slot, homeOf(signed.body)));
  }
  const committee = committees[evidence.settlement.committee - 1];
  return committee !== undefined && isSettlementOf(signed.body, evidence, committee, verify);
}

/** The proof of what this book has as decided; undefined where it hasn't. */
export function proofOf(book: Book, genesis: SignedGenesis, value: Hash): SettlementProof | undefined {
  const decided = decidedOf(book, value);
  if (decided === undefined) return undefined;
  const { signed, evidence } = decided;
  const last = evidence.by === 'change' ? evidence.committee : evidence.settlement.committee - 1;
  const changes = Array.from({ length: last }, (_, index) => {
    const outcome = outcomeOf(book, { line: COMMITTEE_LINE, sequence: index + 1 });
    return decidedOf(book, outcome?.value ?? '') as { signed: Signed<Change>; evidence: Evidence };
  });
  return { v: 1, kind: 'settlement-proof', genesis, changes, signed, evidence };
}
