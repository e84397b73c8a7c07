import { heldChange, keepHanded, resumeChange, settleChange } from './changing.ts';
import type { Answer, Work } from './facts.ts';
import type { Change, Signed } from './order.ts';
import type { DecidedRow } from './records.ts';
import { judgeDecided, settle } from './settling.ts';

/**
 * A decided outcome, whoever brings it: applied with all that has waited for it, or held until what it waits for has come.
 * `bodies` are those that a change of committee settles besides.
 */
export function takeDecided(work: Work, decided: DecidedRow, bodies: readonly Signed[] = []): Answer {
  const known = judgeDecided(work, decided);
  const answer = known ?? (isChange(decided) ? settleChange(work, decided) : settle(work, decided));
  const change = heldChange(work);
  if (change !== undefined) {
    keepHanded(work, change.signed.body, [decided.signed, ...bodies]);
    resumeChange(work);
  }
  return answer;
}

function isChange(decided: DecidedRow): decided is DecidedRow & { readonly signed: Signed<Change> } {
  return decided.signed.body.kind === 'change';
}
