import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId, Proof, View } from '../../contract/words.ts';
import type { Claim, Proved } from './actors.ts';
import { adoptOwn, type FollowingOptions } from './adopting.ts';
import { type Appended, type ConsensusFacts, type ConsensusStep, only, type Vouch } from './facts.ts';
import { push } from './pushing.ts';
import { counts, isJoint, lastOf, placeAt, sameNodes } from './raft/index.ts';
import { isQuorum, listsOf, proofClaim } from './records.ts';
import { isSignature } from './soundness.ts';

/**
 * A view is adopted by its proof alone: signatures of a majority of its voters under one version. A voter signs what it
 * has flushed as it acknowledges it; where the leader's acknowledgements don't meet at one version, it asks once more.
 */
export interface ProvingOptions extends FollowingOptions {
  readonly pollMs: number;
}

/** Signs the end of the log once its flush is done; the signature and the news of the flush come back together. */
export function sign(facts: ConsensusFacts): ConsensusStep {
  const { raft, proving } = facts;
  if (raft === null || proving || raft.log.writing.length === 0) return { facts };
  const { role, log, abstains } = raft;
  const last = lastOf(log).index;
  const end =
    role.mode === 'leading'
      ? Math.min(last, (facts.view?.version ?? 0) + LIMITS.commitBatchMax)
      : Math.min(last, Math.max(role.mode === 'following' ? role.matched : 0, log.commit));
  return prove(facts, abstains ? null : claimAt(facts, end));
}

function prove(facts: ConsensusFacts, claim: Claim | null): ConsensusStep {
  const ticket = (facts.raft?.log.nextTicket ?? 1) - 1;
  return only({ ...facts, proving: true }, { effect: 'run', name: 'prove', params: { ticket, claim } });
}

/** What a signature at `version` of this node's log says; null where that record is not at hand. */
export function claimAt({ raft, organism }: ConsensusFacts, version: number): Claim | null {
  const place = raft === null ? undefined : placeAt(raft.log, version);
  if (raft === null || place === undefined || organism === null || version === 0) return null;
  const { hash, epoch } = place;
  return { organism, generation: raft.generation, epoch, version, hash };
}

/** This node's own signature. Where the record has been replaced meanwhile it says nothing any more. */
export function takeProved(facts: ConsensusFacts, { vouch }: Proved): ConsensusFacts {
  const next = { ...facts, proving: false };
  const self = facts.raft?.self;
  return vouch === null || self === undefined ? next : withVouch(next, self, vouch);
}

/** A voter's signature under this leader's own log; anything else is dropped. */
export function takeVouch(
  facts: ConsensusFacts,
  from: NodeId,
  vouch: Vouch | undefined,
  { verify }: Pick<FollowingOptions, 'verify'>,
): ConsensusFacts {
  if (vouch === undefined || facts.raft?.role.mode !== 'leading') return facts;
  if (vouch.version <= (facts.view?.version ?? 0) || find(facts, from, vouch.version) !== undefined) return facts;
  const claim = claimAt(facts, vouch.version);
  const spki = facts.appended?.members[from]?.spki;
  if (claim === null || claim.hash !== vouch.hash || spki === undefined) return facts;
  return verify('view', proofClaim(claim), vouch.signature, spki) ? withVouch(facts, from, vouch) : facts;
}

function withVouch(facts: ConsensusFacts, node: NodeId, vouch: Vouch): ConsensusFacts {
  const others = (facts.vouches[node] ?? []).filter(({ version }) => version !== vouch.version);
  const all = [...others, vouch].sort((one, other) => one.version - other.version);
  return { ...facts, vouches: { ...facts.vouches, [node]: all.slice(-LIMITS.vouchesKept) } };
}

function find({ vouches, raft }: ConsensusFacts, node: NodeId, version: number): Vouch | undefined {
  const vouch = vouches[node]?.find((one) => one.version === version);
  return vouch !== undefined && raft !== null && placeAt(raft.log, version)?.hash === vouch.hash ? vouch : undefined;
}

/** At the leader: makes a proof of what is committed, of the highest version that enough voters have signed. */
export function gather(facts: ConsensusFacts, options: ProvingOptions, moment: Moment): ConsensusStep {
  const { raft, forked } = facts;
  const upTo = provable(facts);
  if (raft === null || forked || upTo === null) return { facts };
  const candidates = facts.trail.filter(({ view }) => view.version <= upTo).toReversed();
  const ready = candidates.find((one) => isVouched(facts, one, (node) => has(facts, node, one)));
  if (ready !== undefined) return conclude(facts, ready, options, moment);
  if (facts.proving) return { facts };
  // Its own signature is the one that is always to be had.
  const almost = candidates.find((one) => isVouched(facts, one, (node) => node === raft.self || has(facts, node, one)));
  return almost === undefined ? poll(facts, upTo, options, moment) : prove(facts, claimAt(facts, almost.view.version));
}

function has(facts: ConsensusFacts, node: NodeId, { view }: Appended): boolean {
  return find(facts, node, view.version) !== undefined && isTrusted(facts, node);
}

/** A voter whose disk may have forgotten signs what it can't know. */
function isTrusted({ raft }: ConsensusFacts, node: NodeId): boolean {
  const peer = raft?.role.mode === 'leading' ? raft.role.progress[node] : undefined;
  return node === raft?.self || (peer !== undefined && counts(peer));
}

/** Whoever has the view of before must be convinced as well, by the voters that it knows. */
function isVouched(facts: ConsensusFacts, { view }: Appended, by: (node: NodeId) => boolean): boolean {
  return isQuorum([...listsOf(view), knownVoters(facts)], by);
}

/** Of an earlier generation nobody need be convinced: the organism's operator has decided over their heads. */
function knownVoters({ view, trail, raft }: ConsensusFacts): readonly NodeId[] {
  const isOver = view === null || view.generation !== raft?.generation;
  return (isOver ? (trail[0] as Appended).view : view).voters;
}

/**
 * Up to where the next proof may reach: what is committed, no more than one batch, and not past the end of a change of
 * voters whose beginning is not proven yet. So every change leaves a proof that both its lists have signed, and a node
 * that was long away can follow from one list to the next.
 */
function provable(facts: ConsensusFacts): number | null {
  const { raft, view, trail } = facts;
  const have = view?.version ?? 0;
  if (raft?.role.mode !== 'leading' || raft.log.commit <= have || trail.length === 0) return null;
  const voters = knownVoters(facts);
  const beyond = trail.find(({ record: { entry } }) => entry.type === 'VOTERS' && isEndOf(entry, voters));
  const link = beyond === undefined ? Number.POSITIVE_INFINITY : beyond.record.index - 1;
  const upTo = Math.min(raft.log.commit, have + LIMITS.commitBatchMax, link);
  return upTo > have ? upTo : null;
}

function isEndOf({ voters, leaving = [] }: Pick<View, 'voters' | 'leaving'>, known: readonly NodeId[]): boolean {
  return !isJoint({ voters, leaving }) && !sameNodes(voters, known);
}

function conclude(facts: ConsensusFacts, { view }: Appended, options: ProvingOptions, moment: Moment): ConsensusStep {
  const { organism, generation, epoch, version, hash } = view;
  const signers = [...new Set([...listsOf(view).flat(), ...knownVoters(facts)])].filter((node) =>
    isTrusted(facts, node),
  );
  const signatures = signers.flatMap((node) => {
    const vouch = find(facts, node, version);
    return vouch === undefined ? [] : [{ node, signature: vouch.signature }];
  });
  const proof: Proof = { organism, generation, epoch, version, hash, signatures };
  const records = facts.trail.filter(({ record }) => record.index <= version).map(({ record }) => record);
  return chain(
    adoptOwn(facts, records, proof, options),
    (now) => ({ facts: pruned({ ...now, polled: null, recent: newest(now, records) }, version) }),
    (now) => push(now, records, options.self, moment),
    (now) => gather(now, options, moment),
  );
}

function newest({ recent }: ConsensusFacts, records: ConsensusFacts['recent']): ConsensusFacts['recent'] {
  return [...recent, ...records].slice(-LIMITS.pushRecordsMax);
}

function pruned(facts: ConsensusFacts, version: number): ConsensusFacts {
  const kept = Object.entries(facts.vouches).map(
    ([node, vouches]) => [node, vouches.filter((vouch) => vouch.version > version)] as const,
  );
  return { ...facts, vouches: Object.fromEntries(kept.filter(([, vouches]) => vouches.length > 0)) };
}

// ---- Asking once more ----------------------------------------------------------------------------------------------

/** The acknowledgements don't meet at one version: all that have it are asked to sign this one. */
function poll(facts: ConsensusFacts, version: number, options: ProvingOptions, moment: Moment): ConsensusStep {
  const { polled, raft } = facts;
  const claim = claimAt(facts, version);
  const isUnderWay = polled !== null && moment.monotonic < polled.at + options.pollMs;
  if (isUnderWay || claim === null || raft?.role.mode !== 'leading') return { facts };
  const asks = Object.entries(raft.role.progress)
    .filter(([node, peer]) => counts(peer) && peer.match >= version && find(facts, node, version) === undefined)
    .map(
      ([to]): Effect => ({
        effect: 'ask',
        to,
        tree: null,
        kind: 'consensus.vouch',
        body: { version, hash: claim.hash },
        deadlineMs: LIMITS.askDeadlineMs,
        onAnswer: 'consensus.vouched',
      }),
    );
  return only({ ...facts, polled: { version, at: moment.monotonic } }, ...asks);
}

/** The leader asks for this node's signature under a record that is on its disk. */
export function takeVouchQuestion(
  facts: ConsensusFacts,
  { version, hash }: { readonly version: number; readonly hash: string },
): ConsensusStep {
  const claim = claimAt(facts, version);
  const isHere = facts.raft !== null && version <= facts.raft.log.stable && claim?.hash === hash;
  if (!isHere || facts.raft.abstains || facts.forked) return only(facts, { effect: 'refuse', code: 'not-found' });
  const token = `vouch-${facts.nextToken}`;
  return only(
    { ...facts, nextToken: facts.nextToken + 1 },
    { effect: 'defer', token },
    { effect: 'run', name: 'swear', params: { token, claim } },
  );
}

/** The signature that was asked for. */
export function takeVouched(facts: ConsensusFacts, { to, outcome }: Answer, options: ProvingOptions): ConsensusFacts {
  const vouch = outcome.ok ? (outcome.body as unknown) : undefined;
  return isSignature(vouch) ? takeVouch(facts, to, vouch, options) : facts;
}
