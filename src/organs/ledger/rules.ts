/**
 * What keeps a slot of the ledger safe, and nothing else: when a validator may vote, join a ballot and acknowledge, and
 * what a ballot must decide. The validator asks these functions, and so does the model that searches every order of events
 * for two outcomes of one slot (test/unit/ledger/model). They know nothing of money, keys or messages.
 *
 * A *slot* is the next place of a line: of a shell (its sequence), of a pending transfer, or of the committee itself. It is
 * no slot of a tree.
 */

/** `value` got a quorum of votes in `ballot`. Values are hashes of what they stand for. */
export interface Choice {
  readonly ballot: number;
  readonly value: string;
}

/** What one validator has promised in one slot; on its disk before anybody hears of it. */
export interface Promises {
  /** The highest ballot joined; every slot begins in ballot 0, the fast path. */
  readonly joined: number;
  /** The vote in ballot 0. */
  readonly vote: string | null;
  /** The last vote in a ballot from 1 on. */
  readonly prepared: Choice | null;
  /** Of the certificates shown to it, the one of the highest ballot. */
  readonly certificate: Choice | null;
}

/** What a validator's signed report says of a slot when it joins a ballot. */
export interface Shown {
  readonly vote: string | null;
  readonly certificate: Choice | null;
}

/** What a quorum of reports lets a ballot decide. */
export type Verdict =
  /** A lower ballot may have settled this value: nothing else may follow it. */
  | { readonly verdict: 'keep'; readonly value: string }
  /** A trade that is decided in another slot may come to be settled there: first that slot, then this one. */
  | { readonly verdict: 'await'; readonly trade: string }
  /** The trade was settled in its home slot, and so is this slot. */
  | { readonly verdict: 'follow'; readonly trade: string }
  /** No lower ballot settled anything, nor ever will. */
  | { readonly verdict: 'free' };

/** What is known of trades when reports are judged. */
export interface Trades {
  /** True for a trade that has a leg in this slot and its home in another one. */
  isElsewhere(value: string): boolean;
  /** What the trade's home slot has settled, if it has. */
  settledAtHome(trade: string): string | undefined;
}

export const NOTHING_PROMISED: Promises = { joined: 0, vote: null, prepared: null, certificate: null };

/**
 * So many distinct validators of 3f + 1 make a certificate, a settlement, or the reports of a ballot: any two such sets
 * share one that is honest.
 */
export function quorumOf(f: number): number {
  return 2 * f + 1;
}

/** So many distinct validators hold at least one that is honest. */
export function honestOf(f: number): number {
  return f + 1;
}

/** One vote in ballot 0, in each slot that the value takes a place in, and none once a ballot of any of them was joined. */
export function mayVote(slots: readonly Promises[], value: string): boolean {
  return slots.every(({ joined, vote }) => joined === 0 && (vote === null || vote === value));
}

/** Ballots only go up. */
export function mayJoin(slot: Promises, ballot: number): boolean {
  return ballot > slot.joined;
}

/** One vote a ballot, in the ballot joined last. */
export function mayPrepare(slot: Promises, { ballot, value }: Choice): boolean {
  const before = slot.prepared;
  return ballot >= 1 && slot.joined === ballot && (before?.ballot !== ballot || before.value === value);
}

/** Whoever has joined a higher ballot has told it what it had acknowledged, and adds nothing to that. */
export function mayAcknowledge(slot: Promises, { ballot }: Choice): boolean {
  return ballot >= slot.joined;
}

/** Acknowledging a ballot is joining it: nothing lower is voted for or acknowledged afterwards. */
export function joinedBy(slot: Promises, { ballot }: Choice): number {
  return Math.max(slot.joined, ballot);
}

/** What the validator tells a ballot that it joins. */
export function show({ vote, certificate }: Promises): Shown {
  return { vote, certificate };
}

/** The later word of two; a ballot has one certificate at most. */
export function higher(a: Choice | null, b: Choice | null): Choice | null {
  if (a === null || b === null) return a ?? b;
  return b.ballot > a.ballot ? b : a;
}

/** The certificate of the highest ballot that is shown, if any is. */
export function highest(shown: readonly { readonly certificate: Choice | null }[]): Choice | null {
  return shown.reduce<Choice | null>((best, { certificate }) => higher(best, certificate), null);
}

/**
 * What a ballot decides, from a quorum of reports.
 *
 * A settled value has a quorum of acknowledgements, so one of the reports is of an honest validator that had acknowledged
 * it, or has a later certificate. A trade's certificate has a quorum of votes, so one of the reports is of an honest
 * validator that shows its vote: while there is such a vote, only the trade's home slot can tell.
 */
export function verdictOf(shown: readonly Shown[], trades: Trades): Verdict {
  const kept = highest(shown);
  if (kept !== null) return { verdict: 'keep', value: kept.value };
  const elsewhere = shown.flatMap(({ vote }) => (vote !== null && trades.isElsewhere(vote) ? [vote] : []));
  const settled = elsewhere.find((trade) => trades.settledAtHome(trade) === trade);
  if (settled !== undefined) return { verdict: 'follow', trade: settled };
  const open = elsewhere.find((trade) => trades.settledAtHome(trade) === undefined);
  return open === undefined ? { verdict: 'free' } : { verdict: 'await', trade: open };
}

/** What the next committee finds settled in a slot: what may have been, which is the highest certificate handed over. */
export function handedOver(shown: readonly { readonly certificate: Choice | null }[]): string | null {
  return highest(shown)?.value ?? null;
}
