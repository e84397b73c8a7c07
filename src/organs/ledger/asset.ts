import { base32, canonical, sha256 } from '../../contract/encoding.ts';
import { type Amount, isAmount } from './amount.ts';
import { type AssetId, type HolderId, holderOf, type LedgerId, type ShellId } from './names.ts';

/** What a shell holds an account of. Its id is its hash, so nobody needs to be asked to define one, and it never changes. */
export type AssetDefinition = {
  readonly v: 1;
  readonly ledger: LedgerId;
  /** 1 to 32 characters, for people. */
  readonly name: string;
  /** Where the decimal point is shown: digits after it, 0 to 18. */
  readonly scale: number;
  /** Who may pay out of nothing, and how much at most. A unique item has one issuer, and a cap of 1. */
  readonly issuers: readonly Issuer[];
};

export type Issuer = {
  readonly holder: HolderId;
  /** Net of what came back. Their sum bounds the supply. */
  readonly cap: Amount;
};

export function assetIdOf(definition: AssetDefinition): AssetId {
  return base32(sha256(`peertree/ledger-asset/1\n${canonical(definition)}`));
}

/** How far below zero the shell may go: its cap where it is an issuer's, else 0. */
export function creditLimitOf(definition: AssetDefinition, shell: ShellId): bigint {
  const issuer = definition.issuers.find(({ holder }) => holder === holderOf(shell));
  return issuer === undefined ? 0n : BigInt(issuer.cap);
}

/** The most that can be out at once. */
export function supplyCapOf({ issuers }: AssetDefinition): bigint {
  return issuers.reduce((sum, { cap }) => sum + BigInt(cap), 0n);
}

/** By values alone: positive caps, every issuer once. Its shape is checked where it is read. */
export function isSoundDefinition({ issuers }: AssetDefinition): boolean {
  const holders = new Set(issuers.map(({ holder }) => holder));
  return holders.size === issuers.length && issuers.every(({ cap }) => isAmount(cap) && cap !== '0');
}
