import { LIMITS } from '../../../contract/limits.ts';
import type { Effect, Input, Moment } from '../../../contract/organ.ts';
import type { Json } from '../../../contract/words.ts';
import { proofOf } from '../proof.ts';
import { rootOf } from '../root.ts';
import type { OfficeContext, OfficeStep } from './context.ts';
import { committeeIn, isOpen, type OfficeFacts } from './facts.ts';
import { nodesOf } from './standing.ts';

/** What this node's own receptors ask: nobody outside the node can. */

export interface LookBody {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
}

const NO_COMMITTEE: Effect = { effect: 'refuse', code: 'no-committee', retryAfterMs: LIMITS.ledgerSettleMs };

/** A page of rows, as they are on this disk. */
export function takeLook(facts: OfficeFacts, { body }: Input<LookBody>): OfficeStep {
  if (!isOpen(facts)) return { facts, effects: [NO_COMMITTEE] };
  const rows = facts.book.page(body.prefix, body.after, Math.min(body.limit, LIMITS.ledgerPageMax));
  return { facts, effects: [{ effect: 'reply', body: { rows: rows as unknown as Json } }] };
}

export function takeProof(facts: OfficeFacts, { body }: Input<{ readonly value: string }>): OfficeStep {
  if (!isOpen(facts)) return { facts, effects: [NO_COMMITTEE] };
  const proof = proofOf(facts.book, facts.ledger.identity.genesis, body.value);
  const reply: Effect =
    proof === undefined
      ? { effect: 'refuse', code: 'not-found', detail: 'this node knows of no such settled order' }
      : { effect: 'reply', body: proof as unknown as Json };
  return { facts, effects: [reply] };
}

/** Who is in office, and how this cell stands. */
export function takeOffice(facts: OfficeFacts, _input: Input, { self }: OfficeContext, moment: Moment): OfficeStep {
  if (!isOpen(facts)) return { facts, effects: [NO_COMMITTEE] };
  const committee = committeeIn(facts);
  const nodes = nodesOf(committee);
  const body = {
    genesis: facts.ledger.identity.genesis,
    committee,
    members: nodes.map((node, seat) => ({ seat, node, state: stateOf(facts, node, self) })),
    mode: moment.mode,
    root: rootOf(facts.ledger.sum),
    outcomes: facts.feed,
    ballots: facts.ballots.size,
  };
  return { facts, effects: [{ effect: 'reply', body: body as unknown as Json }] };
}

function stateOf({ cells, down }: OfficeFacts, node: string, self: string): 'live' | 'down' | 'gone' {
  if (node === self) return 'live';
  if (!cells.includes(node)) return 'gone';
  return down.has(node) ? 'down' : 'live';
}
