import type { Json } from '../../contract/words.ts';
import { type Amount, plus } from './amount.ts';
import { type AssetDefinition, creditLimitOf } from './asset.ts';
import type { Book, Draft } from './book.ts';
import type { Committee } from './committee.ts';
import {
  type AssetId,
  assetOf,
  COMMITTEE_LINE,
  type Hash,
  holderOf,
  isPendingId,
  type Line,
  NO_HEAD,
  type PendingId,
  type ShellId,
} from './names.ts';
import type { Entry, Hold, Offer, Signed, Slot } from './order.ts';
import type { Settlement } from './quorum.ts';

// The ledger's state, row by row. Types and not interfaces, because they are JSON.

/** An account. Totals only grow, but for what is pending. */
export type Shell = {
  /** Of the last slot applied. */
  readonly sequence: number;
  /** The value of that slot: it names the one before, and so on to the first. */
  readonly head: Hash;
  readonly debitsPending: Amount;
  readonly debitsPosted: Amount;
  readonly creditsPending: Amount;
  readonly creditsPosted: Amount;
  /** Its own pendings that are open. */
  readonly pendings: number;
};

export type Pending = {
  /** Whose debit it is. */
  readonly shell: ShellId;
  readonly entry: Hold | Offer;
  readonly sequence: number;
  readonly head: Hash;
  readonly state: 'open' | 'posted' | 'voided' | 'expired' | 'taken';
  /** What was transferred in the end. */
  readonly transferred: Amount;
};

/** An id that took effect. */
export type UsedId = { readonly sequence: number; readonly entry: Entry };

/** Why an outcome is one: 2f + 1 acknowledged it, or the committee of that number handed it over. */
export type Evidence =
  | { readonly by: 'settlement'; readonly settlement: Settlement }
  | { readonly by: 'change'; readonly committee: number };

/** What a slot was decided to be. In a trade's other slot it names the home slot, where the rest is. */
export type OutcomeRow = { readonly value: Hash; readonly home: Slot & { readonly line: Line } };
export type DecidedRow = { readonly signed: Signed; readonly evidence: Evidence };

const EMPTY_SHELL: Shell = {
  sequence: 0,
  head: NO_HEAD,
  debitsPending: '0',
  debitsPosted: '0',
  creditsPending: '0',
  creditsPosted: '0',
  pendings: 0,
};

/** Rows that are the state itself: what the state root covers. */
export const STATE_PREFIXES = ['asset/', 'pending/', 'shell/'] as const;

/** The last slot of a line that has been applied. */
export interface Tip {
  readonly sequence: number;
  readonly head: Hash;
}

/** The committee in office. */
export const COMMITTEE_KEY = 'committee';

/** Numbers in keys sort as numbers. */
const padded = (sequence: number): string => String(sequence).padStart(16, '0');
export const slotKey = ({ line, sequence }: Slot): string => `${line}/${padded(sequence)}`;

export const assetKey = (asset: AssetId): string => `asset/${asset}`;
export const shellKey = (shell: ShellId): string => `shell/${shell}`;
export const pendingKey = (pending: PendingId): string => `pending/${pending}`;
const usedIdKey = (shell: ShellId, id: string): string => `id/${shell}/${id}`;
const outcomeKey = (slot: Slot): string => `outcome/${slotKey(slot)}`;
const decidedKey = (value: Hash): string => `decided/${value}`;

export function definitionOf(book: Book, asset: AssetId): AssetDefinition | undefined {
  return read(book, assetKey(asset));
}

export function shellOf(book: Book, shell: ShellId): Shell {
  return read(book, shellKey(shell)) ?? EMPTY_SHELL;
}

/** True for a shell that was ever paid to or has paid, or that may issue. */
export function isKnownShell(book: Book, shell: ShellId): boolean {
  if (book.get(shellKey(shell)) !== undefined) return true;
  const issuers = definitionOf(book, assetOf(shell))?.issuers ?? [];
  return issuers.some(({ holder }) => holder === holderOf(shell));
}

export function pendingOf(book: Book, pending: PendingId): Pending | undefined {
  return read(book, pendingKey(pending));
}

export function usedId(book: Book, shell: ShellId, id: string): UsedId | undefined {
  return read(book, usedIdKey(shell, id));
}

export function outcomeOf(book: Book, slot: Slot): OutcomeRow | undefined {
  return read(book, outcomeKey(slot));
}

export function decidedOf(book: Book, value: Hash): DecidedRow | undefined {
  return read(book, decidedKey(value));
}

/** How far a line has got; undefined for a pending that nobody has heard of. */
export function tipOf(book: Book, line: Line): Tip | undefined {
  if (line === COMMITTEE_LINE) return committeeTip(book);
  return isPendingId(line) ? pendingOf(book, line) : shellOf(book, line);
}

function committeeTip(book: Book): Tip | undefined {
  const committee = read<Committee>(book, COMMITTEE_KEY);
  return committee && { sequence: committee.number - 1, head: committee.head };
}

/** What the shell may still spend: what it holds beyond everything reserved, and an issuer's cap. */
export function availableOf(book: Book, shell: ShellId, definition: AssetDefinition | undefined): bigint {
  const { creditsPosted, debitsPosted, debitsPending } = shellOf(book, shell);
  const limit = definition === undefined ? 0n : creditLimitOf(definition, shell);
  return limit + BigInt(creditsPosted) - BigInt(debitsPosted) - BigInt(debitsPending);
}

export function putDefinition(draft: Draft, asset: AssetId, definition: AssetDefinition): void {
  draft.put(assetKey(asset), definition);
}

export function putUsedId(draft: Draft, shell: ShellId, used: UsedId): void {
  draft.put(usedIdKey(shell, used.entry.id), used);
}

export function putPending(draft: Draft, id: PendingId, pending: Pending): void {
  draft.put(pendingKey(id), pending);
}

export function putOutcome(draft: Draft, slot: Slot, outcome: OutcomeRow): void {
  draft.put(outcomeKey(slot), { value: outcome.value, home: { ...outcome.home } });
}

export function putDecided(draft: Draft, value: Hash, decided: DecidedRow): void {
  draft.put(decidedKey(value), decided as unknown as Json);
}

/** Lists the outcome with a shell that it changed from another line, so that the shell's history can be told. */
export function putIncoming(draft: Draft, shell: ShellId, value: Hash, legs: readonly Slot[]): void {
  if (!legs.some(({ line }) => line === shell)) draft.put(`${incomingPrefix(shell)}${value}`, true);
}

/** Outcomes of other lines that have changed the shell, ascending by their values. */
export function incomingOf(book: Book, shell: ShellId): Hash[] {
  const prefix = incomingPrefix(shell);
  return [...book.range(prefix)].map(([key]) => key.slice(prefix.length));
}

const incomingPrefix = (shell: ShellId): string => `in/${shell}/`;

export type Balance = 'debitsPending' | 'debitsPosted' | 'creditsPending' | 'creditsPosted';

/** Adds to the shell's totals, or (what was pending) takes away. */
export function addTo(draft: Draft, id: ShellId, amounts: { readonly [B in Balance]?: bigint }): void {
  const shell = shellOf(draft, id);
  const changed = Object.entries(amounts).map(([name, amount]) => [name, plus(shell[name as Balance], amount)]);
  draft.put(shellKey(id), { ...shell, ...Object.fromEntries(changed) });
}

export function changeShell(draft: Draft, id: ShellId, change: Partial<Shell>): void {
  draft.put(shellKey(id), { ...shellOf(draft, id), ...change });
}

/** Only this code writes rows, so what is read has the shape that it was written with. */
export function read<T>(book: Book, key: string): T | undefined {
  return book.get(key) as T | undefined;
}
