import type { Json } from '../../contract/words.ts';
import { supplyCapOf } from './asset.ts';
import { type Book, Draft, type RowWrite } from './book.ts';
import { type AssetId, assetOf, holderOf, type ShellId } from './names.ts';
import { type Balance, definitionOf, type Pending, type Shell, shellOf } from './records.ts';

/**
 * What must be true of the state whatever has happened: each validator asserts it of every step, and the tests of the
 * whole. Says what is broken, undefined where nothing is.
 */

/** Of a step: what it wrote is judged against what was there before, so it costs as much as the step has rows. */
export function brokenBy(book: Book, writes: readonly RowWrite[]): string | undefined {
  const shells = writes.flatMap(({ key, value }) =>
    key.startsWith('shell/') ? [[key.slice('shell/'.length), value as Shell] as const] : [],
  );
  if (shells.length === 0) return undefined;
  const after = new Draft(book);
  for (const { key, value } of writes) if (value !== undefined) after.put(key, value);
  const moved = new Map<AssetId, bigint>();
  for (const [id, shell] of shells) {
    const broken = brokenIn(after, id, shell);
    if (broken !== undefined) return broken;
    const change = netOf(shell) - netOf(shellOf(book, id));
    moved.set(assetOf(id), (moved.get(assetOf(id)) ?? 0n) + change);
  }
  const unbalanced = [...moved].find(([, change]) => change !== 0n);
  return unbalanced === undefined ? undefined : `${unbalanced[1]} of asset ${unbalanced[0]} out of nothing`;
}

/** Of a whole book. */
export function brokenOf(book: Book): string | undefined {
  const shells = [...book.range('shell/')].map(([key, value]) => [key.slice('shell/'.length), asShell(value)] as const);
  const pendings = [...book.range('pending/')].map(([, value]) => value as unknown as Pending);
  for (const [id, shell] of shells) {
    const broken = brokenIn(book, id, shell) ?? unlike(id, shell, pendings);
    if (broken !== undefined) return broken;
  }
  return unbalancedOf(shells) ?? oversuppliedOf(book, shells);
}

function asShell(value: Json): Shell {
  return value as unknown as Shell;
}

const netOf = ({ creditsPosted, debitsPosted }: Shell): bigint => BigInt(creditsPosted) - BigInt(debitsPosted);

const BALANCES: readonly Balance[] = ['creditsPending', 'creditsPosted', 'debitsPending', 'debitsPosted'];

function brokenIn(book: Book, id: ShellId, shell: Shell): string | undefined {
  const negative = BALANCES.find((balance) => BigInt(shell[balance]) < 0n);
  if (negative !== undefined) return `${negative} of ${id} is negative`;
  const issuer = definitionOf(book, assetOf(id))?.issuers.find(({ holder }) => holder === holderOf(id));
  const available = BigInt(issuer?.cap ?? '0') + netOf(shell) - BigInt(shell.debitsPending);
  return available < 0n ? `${id} has spent ${-available} more than it has` : undefined;
}

/** What a shell has pending is what its open pendings say. */
function unlike(id: ShellId, shell: Shell, pendings: readonly Pending[]): string | undefined {
  const open = pendings.filter(({ state }) => state === 'open');
  const debits = open.filter((pending) => pending.shell === id);
  const credits = open.filter(({ entry }) => entry.kind === 'hold' && entry.to === id);
  if (sum(debits) !== BigInt(shell.debitsPending)) return `debits pending of ${id} are not those of its pendings`;
  if (sum(credits) !== BigInt(shell.creditsPending)) return `credits pending of ${id} are not those of its pendings`;
  return debits.length === shell.pendings ? undefined : `${id} miscounts its pendings`;
}

function sum(pendings: readonly Pending[]): bigint {
  return pendings.reduce((total, { entry }) => total + BigInt(entry.amount), 0n);
}

function unbalancedOf(shells: readonly (readonly [ShellId, Shell])[]): string | undefined {
  const totals = new Map<AssetId, bigint>();
  for (const [id, shell] of shells) totals.set(assetOf(id), (totals.get(assetOf(id)) ?? 0n) + netOf(shell));
  const unbalanced = [...totals].find(([, total]) => total !== 0n);
  return unbalanced === undefined ? undefined : `asset ${unbalanced[0]} does not add up: ${unbalanced[1]}`;
}

function oversuppliedOf(book: Book, shells: readonly (readonly [ShellId, Shell])[]): string | undefined {
  const supplies = new Map<AssetId, bigint>();
  for (const [id, shell] of shells) {
    const issuers = definitionOf(book, assetOf(id))?.issuers ?? [];
    if (!issuers.some(({ holder }) => holder === holderOf(id))) continue;
    supplies.set(assetOf(id), (supplies.get(assetOf(id)) ?? 0n) - netOf(shell));
  }
  for (const [asset, supply] of supplies) {
    const definition = definitionOf(book, asset);
    if (definition !== undefined && supply > supplyCapOf(definition)) return `asset ${asset} has more out than its cap`;
  }
  return undefined;
}

/** What is out of an asset: what its issuers have paid, net of what came back. */
export function supplyOf(book: Book, asset: AssetId): bigint {
  const issuers = definitionOf(book, asset)?.issuers ?? [];
  return issuers.reduce((total, { holder }) => total - netOf(shellOf(book, `${asset}.${holder}`)), 0n);
}
