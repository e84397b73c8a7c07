import type { LogRecord } from '../../contract/entries.ts';
import type { Effect, Signal } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import { compareFence } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { OrganismId, Proof, View } from '../../contract/words.ts';
import { applyRecord } from './apply.ts';
import { type ConsensusFacts, type ConsensusStep, isPlaced, leaderOf, persisted } from './facts.ts';
import { contradicts, type ForkingOptions } from './forking.ts';
import { isChain, isCharter, isProven, ROOT_HASH, type Verify } from './records.ts';
import { isEntry, isWhole } from './soundness.ts';
import { answerWaiting } from './waiting.ts';

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
  const have = facts.view?.version ?? 0;
  const fresh = records.filter((record) => record.index > have);
  const base = provenBase(facts, fresh[0], proof, options.verify);
  if (typeof base === 'string') return base;
  const last = fresh.at(-1);
  if (fresh[0]?.index !== have + 1 || last === undefined || last.index < proof.version) return 'gap';
  if (!isCovered(last, proof) || !isChain({ version: have, hash: facts.view?.hash ?? ROOT_HASH }, fresh))
    return 'unproven';
  const applied = applyAll(facts.view, fresh);
  return applied === 'malformed' ? applied : takeOver(facts, fresh, applied, proof, options);
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
  return isProven(proof, base.voters, (node) => base.members[node]?.spki, verify) ? base : 'unproven';
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
  readonly writes: readonly Write[];
}

function applyAll(from: View | null, records: readonly LogRecord[]): AppliedAll | 'malformed' {
  let view = from;
  // The last write of a register wins, so that a long catch-up writes each register once.
  const writes = new Map<string, Write>();
  for (const record of records) {
    if (!isEntry(record.entry)) return 'malformed';
    const applied = applyRecord(view, record);
    if (!Object.values(applied.view.trees).every((map) => map.version !== record.index || isWhole(map)))
      return 'malformed';
    view = applied.view;
    for (const write of applied.writes) writes.set(write.key, write);
  }
  return view === null ? 'malformed' : { view, writes: [...writes.values()] };
}

function takeOver(
  facts: ConsensusFacts,
  records: readonly LogRecord[],
  { view, writes }: AppliedAll,
  proof: Proof,
  options: FollowingOptions,
): ConsensusStep {
  const previous = facts.view ?? view;
  const committed: Effect = { effect: 'emit', kind: 'consensus.committed', body: { view, previous, records, proof } };
  const led: Effect = { effect: 'emit', kind: 'consensus.led', body: { leader: leaderOf(view), epoch: view.epoch } };
  const isNews = facts.view === null || leaderOf(facts.view) !== leaderOf(view);
  return chain(
    {
      facts: { ...facts, view, proof, appended: view, gathering: null, down: ofMembers(facts.down, view) },
      writes: [...persisted(facts.view, view, records, proof), ...writes],
      effects: isNews ? [led, committed] : [committed],
      signals: placement(facts.view, view, options),
    },
    answerWaiting,
  );
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
