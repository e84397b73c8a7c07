import { LIMITS } from '../../../contract/limits.ts';
import type { RowWrite } from '../book.ts';
import { slotKey } from '../records.ts';
import type { OfficeFacts, Underway } from './facts.ts';

/**
 * Which ballots this validator is in, and when each will have taken too long: read off the rows that its steps write, so that
 * nothing of the rules needs to know of time.
 */

/** Doubled with each ballot, so that slow members meet in one sooner or later. */
export function ballotMs(ballot: number): number {
  return Math.min(LIMITS.ledgerBallotMs * 2 ** Math.min(ballot - 1, 16), LIMITS.ledgerBallotMaxMs);
}

const SLOT_ROW = /^slot\/\d+\/(.*)\/(\d{16})$/;

/** The ballots after these writes. A slot whose row goes is decided, or of a committee that is no more. */
export function ballotsAfter(
  before: OfficeFacts['ballots'],
  rows: readonly RowWrite[],
  nowMs: number,
): OfficeFacts['ballots'] {
  let ballots: Map<string, Underway> | undefined;
  for (const { key, value } of rows) {
    const [, line, digits] = SLOT_ROW.exec(key) ?? [];
    if (line === undefined || digits === undefined) continue;
    const slot = { line, sequence: Number(digits) };
    const name = slotKey(slot);
    const ballot = (value as { readonly joined?: number } | undefined)?.joined ?? 0;
    if (ballot === (ballots ?? before).get(name)?.ballot) continue;
    if (ballot === 0 && !(ballots ?? before).has(name)) continue;
    ballots ??= new Map(before);
    if (ballot === 0) ballots.delete(name);
    else ballots.set(name, { slot, ballot, dueAt: nowMs + ballotMs(ballot) });
  }
  return ballots ?? before;
}

/** Those that have taken too long, and the same ballots with more time. */
export function overdue(
  ballots: OfficeFacts['ballots'],
  nowMs: number,
): { readonly due: readonly Underway[]; readonly ballots: OfficeFacts['ballots'] } {
  const due = [...ballots.values()].filter(({ dueAt }) => dueAt <= nowMs);
  if (due.length === 0) return { due, ballots };
  const after = new Map(ballots);
  for (const one of due) after.set(slotKey(one.slot), { ...one, dueAt: nowMs + ballotMs(one.ballot) });
  return { due, ballots: after };
}

/** When the next one will have; undefined where there is none. */
export function nextDue(ballots: OfficeFacts['ballots']): number | undefined {
  return ballots.size === 0 ? undefined : Math.min(...[...ballots.values()].map(({ dueAt }) => dueAt));
}
