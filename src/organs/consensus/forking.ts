import type { LogRecord } from '../../contract/entries.ts';
import type { Answer, Effect, Outcome } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId, Proof, View } from '../../contract/words.ts';
import { type ConsensusFacts, type ConsensusStep, logKey, only, type ReadableStore } from './facts.ts';
import { isProven, type Verify } from './records.ts';
import { isProof } from './soundness.ts';
import { dismiss } from './waiting.ts';

/**
 * Two proofs for one version convict their common signers: a leader that lies, or one whose disk is older than what it has
 * signed. Neither log can be trusted to be the one, so whoever sees both decides nothing any more until it starts again.
 */
export interface ForkingOptions {
  readonly self: NodeId;
  readonly store: ReadableStore;
  readonly verify: Verify;
}

const DETAIL = 'the voters have vouched for two different logs; an operator must say which of them holds';

/** True where the voters vouch for something else at that version than this node's log, which they have vouched for too. */
export function contradicts(facts: ConsensusFacts, proof: Proof, { store, verify }: ForkingOptions): boolean {
  const { view } = facts;
  if (view === null || proof.organism !== view.organism || proof.generation !== view.generation) return false;
  // Beyond the view this node's log is its own affair.
  if (proof.version > view.version) return false;
  const known = hashAt(view, proof.version, store);
  return known !== undefined && known !== proof.hash && isVouchedFor(proof, view, verify);
}

/** A peer refused a record because it has another proof: at the leader, whose own signature may be the one under both. */
export function takeForked(facts: ConsensusFacts, { outcome }: Answer, options: ForkingOptions): ConsensusStep {
  const proof = evidenceIn(outcome);
  if (proof === undefined || facts.view === null) return only(facts);
  const isBeyond = proof.organism === facts.view.organism && proof.version > (facts.appended?.version ?? 0);
  // A leader that alone vouches for the log has signed nothing that it doesn't have, unless its disk has lost it.
  const isLost = isBeyond && isVouchedFor(proof, facts.view, options.verify) && isOnlyVoter(facts.view, options.self);
  return isLost || contradicts(facts, proof, options) ? convict(facts, proof) : only(facts);
}

/** Authority ends here: who waits for it learns so, and the other organs of the node do. */
export function convict(facts: ConsensusFacts, proof: Proof): ConsensusStep {
  if (facts.forked) return only(facts);
  const body = { version: proof.version, signers: commonSigners(facts, proof) };
  const ended: ConsensusFacts = { ...facts, forked: true, trail: [], appended: facts.view };
  return chain(dismiss(ended, { ok: false, ...UNDECIDABLE }), (now) =>
    only(now, { effect: 'emit', kind: 'consensus.forked', body }),
  );
}

/**
 * Who has signed for both logs. A proof of a later version vouches for all before it; where the voters have changed between
 * the two nobody may be left, and then only the voters together are guilty.
 */
function commonSigners({ proof: known }: ConsensusFacts, { signatures }: Proof): readonly NodeId[] {
  const mine = new Set(known?.signatures.map(({ node }) => node));
  return signatures.map(({ node }) => node).filter((node) => mine.has(node));
}

/** What who sent the other proof is told: with the one that is believed here it can see for itself. */
export function refusalOf({ proof }: ConsensusFacts): Effect {
  return { effect: 'refuse', code: 'forked', detail: DETAIL, body: { proof: proof === null ? null : { ...proof } } };
}

/** What whoever asks for a decision is told. */
export const UNDECIDABLE = { code: 'no-authority', detail: DETAIL } as const;

function evidenceIn(outcome: Outcome): Proof | undefined {
  if (outcome.ok || outcome.code !== 'forked') return undefined;
  const proof = (outcome.body as { readonly proof?: unknown } | null | undefined)?.proof;
  return isProof(proof) ? proof : undefined;
}

function hashAt(view: View, version: number, store: ReadableStore): string | undefined {
  if (version === view.version) return view.hash;
  return (store.get('log', logKey(version)) as unknown as LogRecord | undefined)?.hash;
}

function isVouchedFor(proof: Proof, { voters, members }: View, verify: Verify): boolean {
  return isProven(proof, [voters], (node) => members[node]?.spki, verify);
}

function isOnlyVoter({ voters }: View, self: NodeId): boolean {
  return voters.length === 1 && voters[0] === self;
}
