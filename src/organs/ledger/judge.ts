import { LIMITS } from '../../contract/limits.ts';
import { formatAmount } from './amount.ts';
import { type AssetDefinition, assetIdOf } from './asset.ts';
import type { Book } from './book.ts';
import { assetOf, holderOf, holderOfKey, type ShellId } from './names.ts';
import type { Entry, Hold, Offer, Order, ResolveLeg, ShellLeg, Take, TakeLeg } from './order.ts';
import { availableOf, definitionOf, pendingOf, shellOf, usedId } from './records.ts';
import { type Refusal, type RefusalCode, refusal } from './refusals.ts';

/**
 * Whether an order may take its slots, as far as money goes: undefined where nothing speaks against it. Once true at one
 * validator it stays true there until the slot is decided, because only a shell's own slots take anything from it; so what
 * a quorum has voted for can be applied everywhere, sooner or later. `now` is this validator's clock, in epoch milliseconds;
 * null asks for what holds at any time, which is all that matters once an order is decided.
 */
export function judge(book: Book, order: Order, now: number | null): Refusal | undefined {
  switch (order.kind) {
    case 'transfer':
      return judgeShellLeg(book, order.legs[0], 0);
    case 'trade':
      return judgeShellLeg(book, order.legs[0], 0) ?? judgeShellLeg(book, order.legs[1], 1);
    case 'take':
      return judgeTake(book, order, now) ?? judgeShellLeg(book, order.legs[1], 1);
    case 'resolve':
      return judgeResolution(book, order.legs[0], now);
  }
}

function judgeShellLeg(book: Book, leg: ShellLeg, index: number): Refusal | undefined {
  const definition = definitionFor(book, leg);
  if (typeof definition === 'string') return refusal(definition, { leg: index });
  for (const [at, entry] of leg.entries.entries()) {
    const found = judgeEntry(book, leg.line, entry);
    if (found !== undefined) return { ...found, leg: index, entry: at };
  }
  return judgeSums(book, leg, definition, index);
}

/** The definition that the leg brings, or the one known here. */
function definitionFor(book: Book, { line, definition: brought }: ShellLeg): AssetDefinition | RefusalCode {
  const asset = assetOf(line);
  if (brought !== undefined && assetIdOf(brought) !== asset) return 'wrong_definition';
  return brought ?? definitionOf(book, asset) ?? 'unknown_asset';
}

function judgeEntry(book: Book, shell: ShellId, entry: Entry): Refusal | undefined {
  const used = usedId(book, shell, entry.id);
  if (used !== undefined) return refusal(difference(used.entry, entry), { known: { sequence: used.sequence } });
  if (entry.amount === '0') return refusal('amount_must_not_be_zero');
  if (entry.kind === 'offer') return entry.price.amount === '0' ? refusal('amount_must_not_be_zero') : undefined;
  if (entry.to === shell) return refusal('shells_must_be_different');
  return assetOf(entry.to) === assetOf(shell) ? undefined : refusal('assets_must_be_the_same');
}

/** In the order in which TigerBeetle compares them, the first difference names the answer. */
function difference(before: Entry, now: Entry): RefusalCode {
  if (before.kind !== now.kind) return 'exists_with_different_kind';
  if (expiryOf(before) !== expiryOf(now)) return 'exists_with_different_expiry';
  if (payeeOf(before) !== payeeOf(now)) return 'exists_with_different_to';
  if (before.amount !== now.amount) return 'exists_with_different_amount';
  if (termsOf(before) !== termsOf(now)) return 'exists_with_different_terms';
  return before.memo === now.memo ? 'exists' : 'exists_with_different_memo';
}

function expiryOf(entry: Entry): number | null {
  return entry.kind === 'payment' ? null : entry.expiresAt;
}

function payeeOf(entry: Entry): ShellId | null {
  return entry.kind === 'offer' ? null : entry.to;
}

/** Lists compare in the order in which they were signed. */
function termsOf(entry: Entry): string {
  if (entry.kind === 'payment') return '';
  if (entry.kind === 'hold') return JSON.stringify([entry.post, entry.void]);
  return JSON.stringify([entry.price.to, entry.price.amount, entry.takers, entry.void]);
}

function judgeSums(book: Book, leg: ShellLeg, definition: AssetDefinition, index: number): Refusal | undefined {
  const opened = leg.entries.filter(({ kind }) => kind !== 'payment').length;
  if (opened > 0 && shellOf(book, leg.line).pendings + opened > LIMITS.ledgerPendingsMax) {
    return refusal('too_many_pendings', { leg: index });
  }
  const available = availableOf(book, leg.line, definition);
  if (sumOf(leg.entries) <= available) return undefined;
  const { sequence } = shellOf(book, leg.line);
  return refusal('insufficient', { leg: index, known: { available: formatAmount(available), sequence } });
}

export function sumOf(entries: readonly Entry[]): bigint {
  return entries.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

function judgeTake(book: Book, { legs: [leg, paying] }: Take, now: number | null): Refusal | undefined {
  const pending = pendingOf(book, leg.line);
  if (pending === undefined) return refusal('unknown_pending', { leg: 0 });
  if (pending.state !== 'open') return refusal(`pending_already_${pending.state}`, { leg: 0 });
  const { entry, shell } = pending;
  if (entry.kind !== 'offer') return refusal('pending_is_no_offer', { leg: 0 });
  if (entry.takers !== null && !entry.takers.includes(holderOf(paying.line)))
    return refusal('not_entitled', { leg: 1 });
  if (now !== null && isOver(entry, now)) return refusal('too_late', { leg: 0 });
  const [paid] = paying.entries as readonly [Entry];
  const isPaid = paid.kind === 'payment' && paid.to === entry.price.to && paid.amount === entry.price.amount;
  return isPaid ? judgePayee(leg, shell) : refusal('price_not_met', { leg: 1, entry: 0 });
}

function judgePayee({ to }: TakeLeg, shell: ShellId): Refusal | undefined {
  if (to === shell) return refusal('shells_must_be_different', { leg: 0 });
  return assetOf(to) === assetOf(shell) ? undefined : refusal('assets_must_be_the_same', { leg: 0 });
}

function judgeResolution(book: Book, leg: ResolveLeg, now: number | null): Refusal | undefined {
  const pending = pendingOf(book, leg.line);
  if (pending === undefined) return refusal('unknown_pending', { leg: 0 });
  if (pending.state !== 'open') return refusal(`pending_already_${pending.state}`, { leg: 0 });
  const { entry } = pending;
  if (leg.action === 'expire') {
    const isDue = now === null ? entry.expiresAt !== null : isOver(entry, now);
    return isDue ? undefined : refusal('too_early', { leg: 0 });
  }
  if (leg.action === 'post' && entry.kind === 'offer') return refusal('pending_is_an_offer', { leg: 0 });
  const entitled = entry.kind === 'hold' && leg.action === 'post' ? entry.post : entry.void;
  if (!entitled.includes(holderOfKey(leg.by ?? '') ?? '')) return refusal('not_entitled', { leg: 0 });
  return leg.action === 'post' ? judgePost(leg, entry, now) : undefined;
}

function isOver({ expiresAt }: Hold | Offer, now: number): boolean {
  return expiresAt !== null && now >= expiresAt;
}

function judgePost(leg: ResolveLeg, entry: Hold | Offer, now: number | null): Refusal | undefined {
  const amount = BigInt(leg.amount ?? '0');
  if (amount === 0n) return refusal('amount_must_not_be_zero', { leg: 0 });
  if (amount > BigInt(entry.amount)) return refusal('exceeds_pending_amount', { leg: 0 });
  return now !== null && isOver(entry, now) ? refusal('too_late', { leg: 0 }) : undefined;
}
