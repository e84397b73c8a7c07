import { organismIdOf, treeIdOf } from '../../../../src/contract/encoding.ts';
import type { Signer } from '../../../../src/contract/ports.ts';
import { type AssetDefinition, assetIdOf } from '../../../../src/organs/ledger/asset.ts';
import {
  type Committee,
  firstCommittee,
  type Genesis,
  genesisClaim,
  ledgerIdOf,
  type SignedGenesis,
} from '../../../../src/organs/ledger/committee.ts';
import {
  COMMITTEE_LINE,
  compareLines,
  type Line,
  NO_HEAD,
  type ShellId,
  shellIdOf,
} from '../../../../src/organs/ledger/names.ts';
import type {
  Entry,
  Order,
  Place,
  Resolution,
  ResolveLeg,
  ShellLeg,
  Signed,
  Take,
  Trade,
  Transfer,
} from '../../../../src/organs/ledger/order.ts';
import { signersOf } from '../../../../src/organs/ledger/order.ts';
import { signOrder } from '../../../../src/organs/ledger/signatures.ts';
import { type Unlock, unlockBytes, unlockClaim } from '../../../../src/organs/ledger/unlocking.ts';
import { twinSigner } from '../../../../src/runtime/signer/twin.ts';

/** Keys by name, made once: whoever is called so signs with it. */
const signers = new Map<string, Signer>();

export function signerOf(name: string): Signer {
  const known = signers.get(name) ?? twinSigner(`ledger-${name}`);
  signers.set(name, known);
  return known;
}

export const verify: Signer['verify'] = (domain, bytes, signature, spki) =>
  signerOf('anybody').verify(domain, bytes, signature, spki);

export const SEATS = ['v0', 'v1', 'v2', 'v3'] as const;

/** A ledger of validators v0, v1, ... and spares s0, s1, ... */
export function genesisOf(options: { f?: number; spares?: number; nonce?: string; tree?: string } = {}): SignedGenesis {
  const f = options.f ?? 1;
  const operator = signerOf('operator');
  const nonce = options.nonce ?? 'nonce';
  const organism = organismIdOf(operator.spki, nonce);
  const names = (letter: string, count: number) =>
    Array.from({ length: count }, (_, at) => signerOf(`${letter}${at}`).spki);
  const body: Genesis = {
    v: 1,
    kind: 'genesis',
    organism,
    operator: operator.spki,
    nonce,
    tree: treeIdOf(organism, options.tree ?? 'borgShell'),
    f,
    keys: names('v', 3 * f + 1),
    spares: names('s', options.spares ?? 2),
  };
  return { body, signature: operator.sign('ledger-genesis', genesisClaim(body)) };
}

export const genesis = genesisOf();
export const ledger = ledgerIdOf(genesis.body);
export const committee: Committee = firstCommittee(genesis.body);

export const holder = (name: string): string => signerOf(name).node;

/** An asset that these may issue, each up to its cap. */
export function assetOfIssuers(name: string, caps: Readonly<Record<string, string>>): AssetDefinition {
  const issuers = Object.entries(caps).map(([who, cap]) => ({ holder: holder(who), cap }));
  return { v: 1, ledger, name, scale: 2, issuers };
}

export const gold = assetOfIssuers('gold', { mint: '1000000' });
export const silver = assetOfIssuers('silver', { mint: '1000000' });

export function shell(name: string, asset: AssetDefinition = gold): ShellId {
  return shellIdOf(assetIdOf(asset), holder(name));
}

export const FIRST: Pick<Place, 'sequence' | 'previous'> = { sequence: 1, previous: NO_HEAD };
type Next = Pick<Place, 'sequence' | 'previous'>;

export function legOf(
  name: string,
  next: Next,
  entries: readonly Entry[],
  options: { asset?: AssetDefinition; defines?: boolean } = {},
): ShellLeg {
  const asset = options.asset ?? gold;
  const { sequence, previous } = next;
  const leg = { line: shell(name, asset), sequence, previous, owner: signerOf(name).spki, entries };
  return options.defines ? { ...leg, definition: asset } : leg;
}

export function payment(id: string, to: ShellId, amount: number | bigint | string): Entry {
  return { kind: 'payment', id, to, amount: String(amount) };
}

const base = { v: 1, ledger, committee: 1 } as const;

export function transfer(leg: ShellLeg, more: { committee?: number } = {}): Transfer {
  return { ...base, ...more, kind: 'transfer', legs: [leg] };
}

export function trade(a: ShellLeg, b: ShellLeg, more: { committee?: number } = {}): Trade {
  return { ...base, ...more, kind: 'trade', legs: compareLines(a.line, b.line) < 0 ? [a, b] : [b, a] };
}

export function take(offer: Place, to: ShellId, paying: ShellLeg, more: { committee?: number } = {}): Take {
  return { ...base, ...more, kind: 'take', legs: [{ ...offer, to }, paying] };
}

export function resolution(leg: ResolveLeg, more: { committee?: number } = {}): Resolution {
  return { ...base, ...more, kind: 'resolve', legs: [leg] };
}

/** Signed by everybody who must, found by key. */
export function signed<B extends Order>(body: B): Signed<B> {
  return signOrder(
    body,
    signersOf(body).map((key) => (claim) => nameOfKey(key).sign('ledger-order', claim)),
  );
}

function nameOfKey(key: string): Signer {
  const found = [...signers.values()].find(({ spki }) => spki === key);
  if (found === undefined) throw new Error('nobody has this key');
  return found;
}

export function unlockOf(name: string, place: Place<Line>, number = 1): Unlock {
  const claim = unlockClaim(place, ledger, number, signerOf(name).spki);
  return { by: 'party', claim, signature: signerOf(name).sign('ledger-unlock', unlockBytes(claim)) };
}

export const committeeSlot = (number = 1) => ({ line: COMMITTEE_LINE, sequence: number }) as const;
