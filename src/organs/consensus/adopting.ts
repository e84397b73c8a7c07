import type { LogRecord } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Signal } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import { compareFence } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { OrganismId, Proof, View } from '../../contract/words.ts';
import { applyRecord } from './apply.ts';
import { conflictsOf } from './conflicts.ts';
import {
  abstention,
  type ConsensusFacts,
  type ConsensusStep,
  isPlaced,
  persisted,
  type ReadableStore,
  type Waiting,
} from './facts.ts';
import { contradicts, type ForkingOptions } from './forking.ts';
import { link } from './links.ts';
import { lastOf, placeAt, sameNodes } from './raft/index.ts';
import { isChain, isCharter, isProven, listsOf, ROOT_HASH, type Verify } from './records.ts';
import { recordsFrom } from './roles.ts';
import { isEntry, isWhole } from './soundness.ts';
import { ancestorOf, undone } from './succession.ts';
import { answerWaiting, dismiss, OVERRULED } from './waiting.ts';

export interface FollowingOptions extends ForkingOptions {
  /** Of this life of the node: what the roster must show before its place counts as its own. */
  readonly incarnation: number;
}

/**
 * Why records were not taken over. `gap`: they do not reach from here to the proof. `unproven`: the voters do not vouch
 * for them. `malformed`: they do, but it can't be applied. `forked`: they do, and they vouched for others before.
 */
export type Misfit = 'gap' | 'unproven' | 'malformed' | 'forked';

/** Takes over records that the proof covers: verified, applied, written, told to the other organs. */
export function adopt(
  facts: ConsensusFacts,
  records: readonly LogRecord[],
  proof: Proof,
  options: FollowingOptions,
): ConsensusStep | Misfit {
  if (facts.view !== null && compareFence(proof, facts.view) <= 0)
    return contradicts(facts, proof, options) ? 'forked' : { facts };
  if (facts.view !== null && proof.generation > facts.view.generation)
    return succeed(facts, facts.view, records, proof, options);
  const have = facts.view?.version ?? 0;
  const own = ownUpTo(facts, proof, options.store);
  const fresh = own ?? records.filter((record) => record.index > have);
  const base = provenBase(facts, fresh[0], proof, options.verify);
  if (typeof base === 'string') return base;
  const last = fresh.at(-1);
  if (fresh[0]?.index !== have + 1 || last === undefined || last.index < proof.version) return 'gap';
  if (!isCovered(last, proof) || !isChain({ version: have, hash: facts.view?.hash ?? ROOT_HASH }, fresh))
    return 'unproven';
  const applied = applyAll(facts.view, fresh, options);
  if (applied === 'malformed') return applied;
  if (!isVouchedBy(base, applied.view, proof, options.verify)) return 'unproven';
  return takeOver(facts, fresh, applied, proof, { ...options, isOnDisk: own !== undefined });
}

/** Takes over a later generation, from where this node's log and that one part. */
function succeed(
  facts: ConsensusFacts,
  before: View,
  records: readonly LogRecord[],
  proof: Proof,
  options: FollowingOptions,
): ConsensusStep | Misfit {
  const ancestor = ancestorOf(facts, records, proof, options);
  if (typeof ancestor === 'string') return ancestor;
  const { view, records: fresh } = ancestor;
  const last = fresh.at(-1);
  if (last === undefined || last.index < proof.version) return 'gap';
  if (!isCovered(last, proof) || !isChain(view, fresh)) return 'unproven';
  const applied = applyAll(view, fresh, options);
  if (applied === 'malformed') return applied;
  if (!isVouchedBy({ ...view, voters: ancestor.voters }, applied.view, proof, options.verify)) return 'unproven';
  const end = Math.max(before.version, facts.raft === null ? 0 : lastOf(facts.raft.log).index);
  return chain(
    { ...dismiss(overruled(facts), OVERRULED), writes: undone(ancestor, options.store, last.index, end) },
    (now) => takeOver(now, fresh, applied, proof, { ...options, isOnDisk: false }),
    (now) => ({
      facts: now,
      writes: conflictsOf(ancestor, before.generation),
      effects: [{ effect: 'timer', name: 'consensus.keepConflicts', afterMs: LIMITS.conflictRetryMs }],
    }),
  );
}

/** Whatever it was in its generation, it is no more. */
function overruled(facts: ConsensusFacts): ConsensusFacts {
  return {
    ...facts,
    forked: false,
    trail: [],
    vouches: {},
    polled: null,
    leavers: {},
    recent: [],
    flushed: {},
    pushing: {},
  };
}

/** At the leader, whose own records these are and who has checked each signature of the proof itself. */
export function adoptOwn(
  facts: ConsensusFacts,
  records: readonly LogRecord[],
  proof: Proof,
  options: FollowingOptions,
): ConsensusStep {
  const applied = applyAll(facts.view, records, options);
  if (applied === 'malformed')
    throw new Error(`this leader has appended what can't be applied, before ${proof.version}`);
  return takeOver(facts, records, applied, proof, { ...options, isOnDisk: true });
}

/** What a voter needs for the proof is in its log already, where its log is the one that was proven. */
function ownUpTo(facts: ConsensusFacts, proof: Proof, store: ReadableStore): readonly LogRecord[] | undefined {
  const { raft, view } = facts;
  if (raft === null || view === null || placeAt(raft.log, proof.version)?.hash !== proof.hash) return undefined;
  const own = recordsFrom(facts, view.version, store).filter(({ index }) => index <= proof.version);
  return own.length === proof.version - view.version ? own : undefined;
}

/**
 * Whether the voters of the view itself vouch for it, and not only those of before. So a change of voters can be followed
 * over one proof that both lists have signed, and never skipped.
 */
function isVouchedBy(base: View, view: View, proof: Proof, verify: Verify): boolean {
  if (sameNodes(base.voters, view.voters) && (view.leaving ?? []).length === 0) return true;
  return isProven(proof, [base.voters, ...listsOf(view)], (node) => view.members[node]?.spki, verify);
}

/**
 * The view whose voters must vouch for the proof: this node's own or, before it has one, that of the founding. The voters
 * and keys of what is being proven count for nothing, else whoever writes a log could name itself in it.
 */
export function provenBase(
  { organism, view }: Pick<ConsensusFacts, 'organism' | 'view'>,
  first: LogRecord | undefined,
  proof: Proof,
  verify: Verify,
): View | Misfit {
  if (organism === null || proof.organism !== organism) return 'unproven';
  const base = view ?? foundedBy(organism, first, verify);
  if (typeof base === 'string') return base;
  return isProven(proof, [base.voters], (node) => base.members[node]?.spki, verify) ? base : 'unproven';
}

function foundedBy(organism: OrganismId, first: LogRecord | undefined, verify: Verify): View | Misfit {
  if (first?.index !== 1) return 'gap';
  const { entry } = first;
  if (!isEntry(entry) || entry.type !== 'FOUND' || !isCharter(organism, entry, verify)) return 'unproven';
  return applyRecord(null, first).view;
}

function isCovered(last: LogRecord, proof: Proof): boolean {
  return (
    last.index === proof.version &&
    last.hash === proof.hash &&
    last.generation === proof.generation &&
    last.epoch === proof.epoch
  );
}

interface AppliedAll {
  readonly view: View;
  /** Somewhere on the way this node, in this life, was a member that did not vote. */
  readonly wasOutside: boolean;
  readonly writes: readonly Write[];
}

function applyAll(
  from: View | null,
  records: readonly LogRecord[],
  options: FollowingOptions,
): AppliedAll | 'malformed' {
  let view = from;
  let wasOutside = false;
  // The last write of a register wins, so that a long catch-up writes each register once.
  const writes = new Map<string, Write>();
  for (const record of records) {
    if (!isEntry(record.entry)) return 'malformed';
    const applied = applyRecord(view, record);
    if (!Object.values(applied.view.trees).every((map) => map.version !== record.index || isWhole(map)))
      return 'malformed';
    view = applied.view;
    wasOutside ||= isOutside(view, options);
    for (const write of applied.writes) writes.set(write.key, write);
  }
  return view === null ? 'malformed' : { view, wasOutside, writes: [...writes.values()] };
}

function isOutside(view: View, { self, incarnation }: FollowingOptions): boolean {
  return view.members[self]?.incarnation === incarnation && !listsOf(view).some((list) => list.includes(self));
}

interface TakeOver extends FollowingOptions {
  /** The records were written as they were appended, and may be on their way to the disk. */
  readonly isOnDisk: boolean;
}

function takeOver(
  facts: ConsensusFacts,
  records: readonly LogRecord[],
  { view, wasOutside, writes }: AppliedAll,
  proof: Proof,
  options: TakeOver,
): ConsensusStep {
  const previous = facts.view ?? view;
  const committed: Effect = { effect: 'emit', kind: 'consensus.committed', body: { view, previous, records, proof } };
  const abstains = facts.abstains && !wasOutside;
  const isNewsOfSelf = facts.abstains && (facts.view === null || wasOutside);
  const isNewGeneration = facts.view !== null && facts.view.generation !== view.generation;
  const trail = facts.trail.filter(({ record }) => record.index > view.version);
  const next = {
    ...facts,
    organism: view.organism,
    view,
    proof,
    abstains,
    trail,
    appended: trail.at(-1)?.view ?? view,
    gathering: null,
    down: ofMembers(facts.down, view),
  };
  return chain(
    {
      facts: next,
      writes: [
        // The last view on the disk may be one that is void now.
        ...persisted(isNewGeneration ? null : facts.view, view, options.isOnDisk ? [] : records, proof),
        ...link(facts.view, view, proof),
        ...(isNewsOfSelf ? [abstention(abstains)] : []),
        ...writes,
      ],
      effects: [committed],
      signals: placement(facts.view, view, options),
    },
    (now) => disown(now, records),
    answerWaiting,
  );
}

/** Who waits for an entry that another leader has put something else in the place of learns that it is lost. */
function disown(facts: ConsensusFacts, records: readonly LogRecord[]): ConsensusStep {
  if (facts.waiting.length === 0) return { facts };
  const epochs = new Map(records.map(({ index, epoch }) => [index, epoch]));
  const isLost = ({ version, epoch }: Waiting): boolean => epoch > 0 && (epochs.get(version) ?? epoch) !== epoch;
  const lost = facts.waiting.filter(isLost);
  if (lost.length === 0) return { facts };
  const outcome = { ok: false, code: 'no-authority', detail: 'another leader came before it was committed' } as const;
  return {
    facts: { ...facts, waiting: facts.waiting.filter((waiting) => !isLost(waiting)) },
    effects: lost.map(({ token }): Effect => ({ effect: 'answer', token, outcome })),
  };
}

/** What is believed of nodes that are members no more is forgotten, so that it can't grow without bound. */
function ofMembers(down: ConsensusFacts['down'], view: View): ConsensusFacts['down'] {
  const nodes = Object.entries(down);
  const stay = nodes.filter(([node]) => view.members[node] !== undefined);
  return stay.length === nodes.length ? down : Object.fromEntries(stay);
}

/**
 * Whether this node gained or lost its place by the new view. Its slots are its own only once the roster shows this life
 * of it: until then others may know an address at which it listens no more.
 */
function placement(before: View | null, view: View, { self, incarnation }: FollowingOptions): Signal[] {
  if (before !== null && before.members === view.members && before.trees === view.trees) return [];
  const member = view.members[self];
  const wasPlaced = before !== null && isPlaced(before, self);
  if (member?.revoked === true) return [{ type: 'consensus.refuse', code: 'refused', detail: 'the key is revoked' }];
  if (member === undefined || !isPlaced(view, self)) {
    if (wasPlaced) return [{ type: 'consensus.removed' }];
    return member === undefined ? [] : [{ type: 'consensus.known' }];
  }
  if (member.incarnation === incarnation) return [{ type: 'consensus.admitted' }];
  const detail = `incarnation ${member.incarnation} of this key is known`;
  return [
    member.incarnation < incarnation
      ? { type: 'consensus.known' }
      : { type: 'consensus.refuse', code: 'superseded', detail },
  ];
}
