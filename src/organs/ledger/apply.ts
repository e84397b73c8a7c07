import type { AssetDefinition } from './asset.ts';
import type { Book, Draft } from './book.ts';
import { judge } from './judge.ts';
import { assetOf, type Hash, isPendingId, pendingIdOf, type ShellId } from './names.ts';
import {
  digestOf,
  type Entry,
  homeOf,
  isOrder,
  type Order,
  type Outcome,
  type Place,
  type ResolveLeg,
  type ShellLeg,
  type Signed,
  shellLegsOf,
  shellsOf,
  type TakeLeg,
  type Void,
} from './order.ts';
import {
  addTo,
  changeShell,
  definitionOf,
  type Evidence,
  type Pending,
  pendingOf,
  putDecided,
  putDefinition,
  putIncoming,
  putOutcome,
  putPending,
  putUsedId,
  shellOf,
  tipOf,
} from './records.ts';
import { type Refusal, refusal } from './refusals.ts';

/**
 * Takes a decided outcome into the state, all of it or nothing. Undefined once it is; else what is missing: what a quorum
 * has voted for was in order where it was voted for, so here something before it has not arrived yet. Outcomes may arrive
 * in any order: the state depends on which there are, not on their order. What breaks a rule of money never gets in, and
 * waits for ever: not even a committee of liars can make an honest validator apply it.
 */
export function apply(draft: Draft, signed: Signed<Applicable>, evidence: Evidence): Refusal | undefined {
  const { body } = signed;
  const missing = missingFor(draft, body);
  if (missing !== undefined) return missing;
  const value = digestOf(body);
  for (const place of body.legs) takeSlot(draft, place, value, body);
  for (const leg of shellLegsOf(body)) debit(draft, leg, value);
  if (body.kind === 'take') take(draft, body.legs[0]);
  if (body.kind === 'resolve') resolve(draft, body.legs[0]);
  putDecided(draft, value, { signed, evidence });
  for (const shell of changedShells(draft, body)) putIncoming(draft, shell, value, body.legs);
  return undefined;
}

/** All but a change of committee, which is more than a change of the state. */
export type Applicable = Order | Void;

/** Undefined where the outcome can be applied now. */
export function missingFor(book: Book, body: Applicable): Refusal | undefined {
  for (const [leg, { line, sequence, previous }] of body.legs.entries()) {
    const tip = tipOf(book, line);
    if (tip === undefined || tip.sequence + 1 !== sequence) return refusal('gap', { leg });
    if (tip.head !== previous) return refusal('fork', { leg });
  }
  return isOrder(body) ? judge(book, body, null) : undefined;
}

/** The shells whose balances an applied outcome has changed: what waits for funds may go on there. */
export function changedShells(book: Book, body: Outcome): readonly ShellId[] {
  const pendings = body.legs.flatMap(({ line }) => (isPendingId(line) ? [pendingOf(book, line)] : []));
  const changed = pendings.flatMap((pending) =>
    pending === undefined ? [] : [pending.shell, ...(pending.entry.kind === 'hold' ? [pending.entry.to] : [])],
  );
  return [...new Set([...shellsOf(body), ...changed])];
}

function takeSlot(draft: Draft, { line, sequence }: Place, value: Hash, body: Applicable): void {
  const home = homeOf(body);
  putOutcome(draft, { line, sequence }, { value, home: { line: home.line, sequence: home.sequence } });
  if (isPendingId(line)) putPending(draft, line, { ...(pendingOf(draft, line) as Pending), sequence, head: value });
  else changeShell(draft, line, { sequence, head: value });
}

function debit(draft: Draft, leg: ShellLeg, value: Hash): void {
  if (leg.definition !== undefined) define(draft, leg.line, leg.definition);
  for (const entry of leg.entries) {
    putUsedId(draft, leg.line, { sequence: leg.sequence, entry });
    const amount = BigInt(entry.amount);
    if (entry.kind === 'payment') {
      addTo(draft, leg.line, { debitsPosted: amount });
      addTo(draft, entry.to, { creditsPosted: amount });
    } else {
      reserve(draft, leg.line, entry, amount, value);
    }
  }
}

function define(draft: Draft, shell: ShellId, definition: AssetDefinition): void {
  const asset = assetOf(shell);
  if (definitionOf(draft, asset) === undefined) putDefinition(draft, asset, definition);
}

function reserve(
  draft: Draft,
  shell: ShellId,
  entry: Exclude<Entry, { kind: 'payment' }>,
  amount: bigint,
  value: Hash,
): void {
  addTo(draft, shell, { debitsPending: amount });
  changeShell(draft, shell, { pendings: shellOf(draft, shell).pendings + 1 });
  if (entry.kind === 'hold') addTo(draft, entry.to, { creditsPending: amount });
  const pending: Pending = { shell, entry, sequence: 0, head: value, state: 'open', transferred: '0' };
  putPending(draft, pendingIdOf(shell, entry.id), pending);
}

function take(draft: Draft, { line, to }: TakeLeg): void {
  const { entry } = end(draft, line, 'taken', (pending) => BigInt(pending.entry.amount));
  addTo(draft, to, { creditsPosted: BigInt(entry.amount) });
}

const ENDS = { post: 'posted', void: 'voided', expire: 'expired' } as const;

function resolve(draft: Draft, { line, action, amount }: ResolveLeg): void {
  const transferred = action === 'post' ? BigInt(amount as string) : 0n;
  const { entry } = end(draft, line, ENDS[action], () => transferred);
  if (entry.kind !== 'hold') return;
  addTo(draft, entry.to, { creditsPending: -BigInt(entry.amount), creditsPosted: transferred });
}

/** Releases what the pending reserved, and debits what was transferred of it. */
function end(draft: Draft, line: string, state: Pending['state'], transfers: (pending: Pending) => bigint): Pending {
  const pending = pendingOf(draft, line) as Pending;
  const transferred = transfers(pending);
  addTo(draft, pending.shell, { debitsPending: -BigInt(pending.entry.amount), debitsPosted: transferred });
  changeShell(draft, pending.shell, { pendings: shellOf(draft, pending.shell).pendings - 1 });
  putPending(draft, line, { ...pending, state, transferred: transferred.toString() });
  return pending;
}
