import { base32, canonical, organismIdOf, sha256, utf8 } from '../../contract/encoding.ts';
import type { Signer } from '../../contract/ports.ts';
import type { OrganismId, TreeId } from '../../contract/words.ts';
import { type Hash, hashOf, type LedgerId } from './names.ts';
import { quorumOf } from './rules.ts';

/** Checks a signature; a pure function of its arguments, handed in because keys are a port. */
export type Verify = Signer['verify'];

/** The first word of a ledger: who validates, and in which order others take over. */
export type Genesis = {
  readonly v: 1;
  readonly kind: 'genesis';
  readonly organism: OrganismId;
  /** SPKI of the organism's key, and the nonce: the organism's id is a hash of both. */
  readonly operator: string;
  readonly nonce: string;
  readonly tree: TreeId;
  /** So many validators may lie; there are 3f + 1. */
  readonly f: number;
  /** SPKIs of committee 1, by seat. */
  readonly keys: readonly string[];
  /** SPKIs of those who replace them, first one first. */
  readonly spares: readonly string[];
};

export type SignedGenesis = {
  readonly body: Genesis;
  /** By the organism's key, domain `ledger-genesis`, over the canonical body. */
  readonly signature: string;
};

/** Those whose 2f + 1 decide. A seat is its key's until the committee itself gives it away. */
export interface Committee {
  readonly ledger: LedgerId;
  /** From 1. */
  readonly number: number;
  readonly f: number;
  /** By seat. */
  readonly keys: readonly string[];
  /** How many of the genesis's spares have been seated so far. */
  readonly sparesSeated: number;
  /** The value that made it: of the change before, or the genesis. */
  readonly head: Hash;
}

export function ledgerIdOf(genesis: Genesis): LedgerId {
  return base32(sha256(`peertree/ledger/1\n${canonical(genesis)}`));
}

export function genesisClaim(genesis: Genesis): Uint8Array {
  return utf8(canonical(genesis));
}

/** True where the organism's key has signed it, and it names 3f + 1 validators and spares that are all distinct. */
export function isGenesis({ body, signature }: SignedGenesis, verify: Verify): boolean {
  const keys = [...body.keys, ...body.spares];
  return (
    body.keys.length === 3 * body.f + 1 &&
    new Set(keys).size === keys.length &&
    organismIdOf(body.operator, body.nonce) === body.organism &&
    verify('ledger-genesis', genesisClaim(body), signature, body.operator)
  );
}

export function firstCommittee(genesis: Genesis): Committee {
  const { f, keys } = genesis;
  const head = hashOf('ledger-genesis', canonical(genesis));
  return { ledger: ledgerIdOf(genesis), number: 1, f, keys, sparesSeated: 0, head };
}

/**
 * The committee after a change: each dropped seat goes to the next spare. Undefined where there are not as many, or a seat
 * is dropped that there is not.
 */
export function nextCommittee(
  committee: Committee,
  { spares }: Genesis,
  drop: readonly number[],
  head: Hash,
): Committee | undefined {
  const seats = [...drop].sort((a, b) => a - b);
  const seated = committee.sparesSeated + seats.length;
  const isSound = seats.every((seat, at) => seat !== seats[at - 1] && committee.keys[seat] !== undefined);
  if (!isSound || seats.length === 0 || seated > spares.length) return undefined;
  const keys = committee.keys.map((key, seat) => {
    const at = seats.indexOf(seat);
    return at < 0 ? key : (spares[committee.sparesSeated + at] as string);
  });
  return { ...committee, number: committee.number + 1, keys, sparesSeated: seated, head };
}

export function quorum({ f }: Committee): number {
  return quorumOf(f);
}

/** Who leads a ballot of a slot: another seat with each ballot, beginning anywhere, so that no seat leads all of them. */
export function leaderOf({ keys }: Committee, value: Hash, ballot: number): number {
  return (Number.parseInt(value.slice(0, 8), 16) + ballot) % keys.length;
}
