import type { LogRecord } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Signal } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import { compareFence } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId, Proof, View } from '../../contract/words.ts';
import { applyRecord } from './apply.ts';
import {
  type AppendBody,
  type ConsensusFacts,
  type ConsensusStep,
  isPlaced,
  leaderOf,
  logKey,
  only,
  persisted,
  type ReadableStore,
} from './facts.ts';
import { answerWaiting } from './leading.ts';
import { isChain, isCharter, isProven, ROOT_HASH, type Verify } from './records.ts';

export interface FollowingOptions {
  readonly self: NodeId;
  readonly store: ReadableStore;
  readonly verify: Verify;
}

/** Bytes of records in one answer, so that it fits a frame beside other messages. */
const PAGE_BYTES_MAX = LIMITS.messageBytesMax / 2;

/** Records and their proof from the leader or from the parent of an edge; answered with how far this node's disk is. */
export function takeAppend(
  facts: ConsensusFacts,
  from: NodeId,
  body: AppendBody,
  options: FollowingOptions,
): ConsensusStep {
  const step = adopt(facts, body.records, body.proof, options);
  if (step === 'unproven')
    return only(facts, { effect: 'refuse', code: 'unproven', detail: 'the proof does not cover the records' });
  if (step === 'gap')
    return chain(only(facts, { effect: 'reply', body: { version: facts.view?.version ?? 0 } }), (now) =>
      fetch(now, from),
    );
  const { view } = step.facts;
  return chain(step, (now) =>
    only(now, { effect: 'reply', body: { version: view?.version ?? 0 } }, ...handOn(now, from, body)),
  );
}

/** Only what was news here is handed on, so that an entry crosses each edge about once. */
function handOn(facts: ConsensusFacts, from: NodeId, body: AppendBody): Effect[] {
  if (body.records.length === 0 || facts.proof?.version !== body.proof.version) return [];
  const children = new Set(Object.values(facts.edges).flat());
  children.delete(from);
  return [...children].map((to) => ({
    effect: 'tell',
    to,
    tree: null,
    kind: 'consensus.append',
    body: body as unknown as Json,
  }));
}

/** Takes over records that the proof covers: verified, applied, written, told to the other organs. */
export function adopt(
  facts: ConsensusFacts,
  records: readonly LogRecord[],
  proof: Proof,
  options: FollowingOptions,
): ConsensusStep | 'gap' | 'unproven' {
  const have = facts.view?.version ?? 0;
  if (facts.view !== null && compareFence(proof, facts.view) <= 0) return { facts };
  const fresh = records.filter((record) => record.index > have);
  if (fresh[0]?.index !== have + 1) return 'gap';
  const last = fresh.at(-1);
  if (last === undefined || !isChain({ version: have, hash: facts.view?.hash ?? ROOT_HASH }, fresh)) return 'unproven';
  if (last.index < proof.version) return 'gap';
  if (last.hash !== proof.hash || last.index !== proof.version || proof.organism !== facts.organism) return 'unproven';
  const first = fresh[0];
  if (facts.view === null && (first.entry.type !== 'FOUND' || !isCharter(proof.organism, first.entry, options.verify)))
    return 'unproven';
  const { view, writes, topology } = applyAll(facts.view, fresh);
  const before = facts.view ?? view;
  if (!isProven(proof, before.voters, (node) => view.members[node]?.spki, options.verify)) return 'unproven';
  const next = { ...facts, view, proof, appended: view, gathering: null };
  const committed: Effect = {
    effect: 'emit',
    kind: 'consensus.committed',
    body: { view, previous: before, records: fresh, proof },
  };
  const led: Effect = { effect: 'emit', kind: 'consensus.led', body: { leader: leaderOf(view), epoch: view.epoch } };
  const changedLeader = facts.view === null || leaderOf(facts.view) !== leaderOf(view);
  return chain(
    {
      facts: next,
      writes: [...persisted(view, fresh, topology, proof), ...writes],
      effects: changedLeader ? [led, committed] : [committed],
      signals: placement(before, view, options.self),
    },
    answerWaiting,
  );
}

/** Whether this node gained or lost its place by the new view. */
function placement(before: View, view: View, self: NodeId): Signal[] {
  if (isPlaced(view, self)) return [{ type: 'consensus.admitted', incarnation: view.members[self]?.incarnation ?? 0 }];
  return isPlaced(before, self) && before !== view ? [{ type: 'consensus.removed' }] : [];
}

function applyAll(
  from: View | null,
  records: readonly LogRecord[],
): { view: View; writes: Write[]; topology: boolean } {
  let view = from;
  let topology = false;
  // The last write of a register wins, so that a long catch-up writes each register once.
  const writes = new Map<string, Write>();
  for (const record of records) {
    const applied = applyRecord(view, record);
    view = applied.view;
    topology ||= applied.topology;
    for (const write of applied.writes) writes.set(write.key, write);
  }
  return { view: view as View, writes: [...writes.values()], topology };
}

/** Asks a peer that is ahead for what is missing here; one at a time. */
export function fetch(facts: ConsensusFacts, peer: NodeId): ConsensusStep {
  if (facts.gathering !== null) return { facts };
  return ask({ ...facts, gathering: { peer, records: [] } }, peer, facts.view?.version ?? 0);
}

function ask(facts: ConsensusFacts, to: NodeId, after: number): ConsensusStep {
  return only(facts, {
    effect: 'ask',
    to,
    tree: null,
    kind: 'consensus.fetch',
    body: { after },
    deadlineMs: LIMITS.askDeadlineMs,
    then: 'consensus.fetched',
  });
}

/** One page of this node's log, for a peer that catches up. */
export function page(facts: ConsensusFacts, after: number, options: FollowingOptions): ConsensusStep {
  if (facts.proof === null) return only(facts, { effect: 'refuse', code: 'starting' });
  const records: LogRecord[] = [];
  let bytes = 0;
  for (const [, value] of options.store.range('log', { after: logKey(after), limit: LIMITS.logPageEntries })) {
    const record = value as unknown as LogRecord;
    bytes += JSON.stringify(record).length;
    if (record.index > facts.proof.version || (records.length > 0 && bytes > PAGE_BYTES_MAX)) break;
    records.push(record);
  }
  return only(facts, { effect: 'reply', body: { records, proof: facts.proof } as unknown as Json });
}

/** A page arrived: the next one is asked for until the proof covers what was gathered. */
export function takePage(facts: ConsensusFacts, answer: Answer, options: FollowingOptions): ConsensusStep {
  const { gathering } = facts;
  if (gathering === null || gathering.peer !== answer.to) return { facts };
  if (!answer.outcome.ok) return { facts: { ...facts, gathering: null } };
  const { records, proof } = answer.outcome.body as unknown as AppendBody;
  const all = [...gathering.records, ...records];
  const last = all.at(-1);
  // An empty page while the proof is ahead means that the peer's disk is not there yet: the next probe asks again.
  if (records.length === 0 || last === undefined || all.length > LIMITS.logGatherMax)
    return { facts: { ...facts, gathering: null } };
  if (last.index < proof.version)
    return ask({ ...facts, gathering: { ...gathering, records: all } }, answer.to, last.index);
  const step = adopt({ ...facts, gathering: null }, all, proof, options);
  return step === 'gap' || step === 'unproven' ? { facts: { ...facts, gathering: null } } : step;
}
