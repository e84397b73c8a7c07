import { apply } from './apply.ts';
import { type Book, Draft } from './book.ts';
import { nextCommittee } from './committee.ts';
import type { Work } from './facts.ts';
import { frontierOf, type Handed } from './handover.ts';
import { COMMITTEE_LINE, type Hash, type Line } from './names.ts';
import { type Change, digestOf, type HandedSlot, type Place, type Signed } from './order.ts';
import { bodyOf } from './promises.ts';
import { type Evidence, outcomeOf, slotKey, tipOf } from './records.ts';
import { rootOf, sumAfter } from './root.ts';
import { handedOver } from './rules.ts';
import type { OpenCertificate } from './statement.ts';

/** What a quorum of hand-overs makes of the next committee: who it is, and what it begins with. */

/**
 * What the reports make of the next committee: undefined while this validator has not applied everything that they have, or
 * lacks something that a certificate builds on. Whoever has it gets the same.
 */
export function changeOf(
  work: Work,
  place: Place,
  reports: readonly Handed[],
  drop: readonly number[],
): Change | undefined {
  const { committee, draft } = work;
  if (
    !reports.every(({ frontier }) => frontier.every(([line, sequence, head]) => reaches(draft, line, sequence, head)))
  ) {
    return undefined;
  }
  const settled = settledBy(reports);
  const after = withSettled(draft, settled, reports);
  if (after === undefined || !isCovered(after, reports, settled)) return undefined;
  const next = nextCommittee(committee, work.identity.genesis.body, drop, committee.head);
  if (next === undefined) return undefined;
  return {
    v: 1,
    kind: 'change',
    ledger: committee.ledger,
    committee: committee.number,
    legs: [{ line: COMMITTEE_LINE, sequence: place.sequence, previous: place.previous }],
    drop,
    next: next.keys,
    settled,
    root: rootOf(sumAfter(work.sum, draft, after.writes())),
  };
}

function reaches(book: Book, line: Line, sequence: number, head: Hash): boolean {
  const tip = tipOf(book, line);
  if (tip === undefined || tip.sequence < sequence) return false;
  return tip.sequence === sequence ? tip.head === head : outcomeOf(book, { line, sequence })?.value === head;
}

/** Of each slot beyond all frontiers the certificate of the highest ballot, ascending by slot key. */
function settledBy(reports: readonly Handed[]): HandedSlot[] {
  const reached = reachedBy(reports);
  const bySlot = new Map<string, OpenCertificate[]>();
  for (const open of reports.flatMap(({ said }) => said.statement.open)) {
    if (open.sequence <= (reached.get(open.line) ?? 0)) continue;
    bySlot.set(slotKey(open), [...(bySlot.get(slotKey(open)) ?? []), open]);
  }
  return [...bySlot]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, [first, ...rest]]) => {
      const { line, sequence } = first as OpenCertificate;
      const value = handedOver([first as OpenCertificate, ...rest].map((open) => ({ certificate: open }))) as Hash;
      return { line, sequence, value };
    });
}

function reachedBy(reports: readonly Handed[]): Map<Line, number> {
  const reached = new Map<Line, number>();
  for (const [line, sequence] of reports.flatMap(({ frontier }) => frontier)) {
    reached.set(line, Math.max(reached.get(line) ?? 0, sequence));
  }
  return reached;
}

/** The state with those slots applied on top; undefined where one can't be yet. */
function withSettled(draft: Draft, settled: readonly HandedSlot[], reports: readonly Handed[]): Draft | undefined {
  const bodies = new Map(
    reports.flatMap(({ certificates }) => certificates.map(({ signed }) => [digestOf(signed.body), signed] as const)),
  );
  return applyHanded(draft, settled, (value) => bodies.get(value) ?? bodyOf(draft, value), {
    by: 'change',
    committee: 0,
  });
}

/** Applies what is not applied yet, in whatever order it can be; undefined where something is left over. */
export function applyHanded(
  draft: Draft,
  settled: readonly HandedSlot[],
  find: (value: Hash) => Signed | undefined,
  evidence: Evidence,
): Draft | undefined {
  const after = new Draft(draft);
  let left = settled.filter((slot) => outcomeOf(draft, slot)?.value !== slot.value);
  while (left.length > 0) {
    const stuck = left.filter(({ value }) => {
      const signed = find(value);
      if (signed === undefined || signed.body.kind === 'change') return true;
      return apply(after, { ...signed, body: signed.body }, evidence) !== undefined;
    });
    if (stuck.length === left.length) return undefined;
    left = stuck;
  }
  return after;
}

/** Whether nothing is applied here that the reports and their certificates don't cover: it could not have been settled. */
function isCovered(after: Book, reports: readonly Handed[], settled: readonly HandedSlot[]): boolean {
  const reached = reachedBy(reports);
  const handed = new Set(settled.map(slotKey));
  return frontierOf(after).every(([line, sequence]) => {
    for (let at = (reached.get(line) ?? 0) + 1; at <= sequence; at++) {
      const home = outcomeOf(after, { line, sequence: at })?.home;
      if (home === undefined || !handed.has(slotKey(home))) return false;
    }
    return true;
  });
}
