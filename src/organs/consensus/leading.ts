import type { Command, Entry } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId, Proof } from '../../contract/words.ts';
import { applyRecord, registerKey } from './apply.ts';
import type { Authority } from './authority.ts';
import {
  type ConsensusFacts,
  type ConsensusStep,
  inSlotOrder,
  isLive,
  only,
  persisted,
  type ReadableStore,
  versionOf,
} from './facts.ts';
import { type Judge, planCommand, planReplace } from './plan.ts';
import { nextRecord, type Verify } from './records.ts';

export interface LeadingOptions {
  readonly self: NodeId;
  readonly store: ReadableStore;
  readonly verify: Verify;
  readonly authority: Authority;
}

/** Pushed records beyond it are left for the receiver to fetch in pages. */
const PUSH_BYTES_MAX = LIMITS.messageBytesMax / 2;

/** How long a push waits for the other node's flush before it is made again. */
export const PUSH_RETRY_MS = 250;

function judge(facts: ConsensusFacts, options: LeadingOptions, moment: Moment): Judge {
  return {
    now: moment.now,
    verify: options.verify,
    randomBytes: moment.randomBytes,
    versionOf: (tree, key) => versionOf(facts, options.store, tree, key),
    alive: (node) => facts.down[node] === undefined,
  };
}

/** A command at the leader: appended at once, answered once it is committed and as durable as its kind asks. */
export function lead(
  facts: ConsensusFacts,
  command: Command,
  from: NodeId | undefined,
  options: LeadingOptions,
  moment: Moment,
): ConsensusStep {
  const { appended } = facts;
  if (appended === null) return only(facts, { effect: 'refuse', code: 'starting' });
  if (facts.waiting.length >= LIMITS.proposalsPendingMax)
    return only(facts, { effect: 'refuse', code: 'busy', retryAfterMs: PUSH_RETRY_MS });
  const plan = planCommand(appended, command, from, judge(facts, options, moment));
  if (plan.plan === 'refuse') return only(facts, { effect: 'refuse', code: plan.code, detail: plan.detail });
  if (plan.plan === 'done') return only(facts, { effect: 'reply', body: { version: appended.version } });
  const token = `leader-${facts.nextToken}`;
  const version = appended.version + 1;
  const copies = command.type === 'set' ? options.authority.copiesOfSet(liveCount(facts)) : 1;
  const waiting = [...facts.waiting, { token, version, needs: 'copies' as const, copies, body: { version } }];
  return chain(only({ ...facts, waiting, nextToken: facts.nextToken + 1 }, { effect: 'defer', token }), (next) =>
    append(next, plan.entry, moment),
  );
}

/** Appends one entry to this node's log. It is committed when its flush has been vouched for (`proved`). */
export function append(facts: ConsensusFacts, entry: Entry, moment: Moment): ConsensusStep {
  const record = nextRecord(facts.appended, entry, facts.appended?.epoch ?? 1, moment.now);
  const { view, writes, topology } = applyRecord(facts.appended, record);
  const unproven = { ...facts.unproven };
  if (entry.type === 'SET')
    for (const write of entry.writes)
      unproven[registerKey(entry.tree, write.key)] = write.value === null ? 0 : record.index;
  const next = {
    ...facts,
    organism: view.organism,
    appended: view,
    trail: [...facts.trail, { view, record }],
    unproven,
  };
  return chain({ facts: next, writes: [...persisted(view, [record], topology, null), ...writes] }, prove);
}

/** Asks for this node's signature, which the kernel gives only after everything appended so far is on the disk. */
export function prove(facts: ConsensusFacts): ConsensusStep {
  if (facts.proving || facts.appended === null) return { facts };
  const { organism, generation, epoch, version, hash } = facts.appended;
  return only(
    { ...facts, proving: true },
    { effect: 'run', name: 'prove', params: { organism, generation, epoch, version, hash } },
  );
}

/** This node vouched for its log: everything up to there is committed, told to the others, and answered. */
export function proved(facts: ConsensusFacts, proof: Proof, options: LeadingOptions): ConsensusStep {
  const flushed = { ...facts.flushed, [options.self]: proof.version };
  const done = facts.trail.filter(({ record }) => record.index <= proof.version);
  const trail = facts.trail.slice(done.length);
  const view = done.at(-1)?.view ?? facts.view ?? facts.appended;
  if (view === null) return { facts };
  const records = done.map(({ record }) => record);
  const unproven = trail.length === 0 ? {} : facts.unproven;
  const next = { ...facts, proving: false, proof, view, trail, unproven, flushed };
  const committed: Effect = {
    effect: 'emit',
    kind: 'consensus.committed',
    body: { view, previous: facts.view ?? view, records, proof },
  };
  return chain(
    only(next, committed),
    (now) => push(now, records, options),
    (now) => answerWaiting(now),
    (now) => (trail.length > 0 ? prove(now) : { facts: now }),
  );
}

function liveCount(facts: ConsensusFacts): number {
  return facts.appended === null ? 1 : inSlotOrder(facts.appended).filter((node) => isLive(facts, node)).length;
}

/** The nodes whose flush counts first: the lowest live slots, from which later voters come. */
function replicas(facts: ConsensusFacts, self: NodeId): NodeId[] {
  if (facts.view === null) return [];
  return inSlotOrder(facts.view)
    .filter((node) => node !== self && isLive(facts, node))
    .slice(0, 4);
}

function push(
  facts: ConsensusFacts,
  records: ConsensusFacts['trail'][number]['record'][],
  options: LeadingOptions,
): ConsensusStep {
  const { proof } = facts;
  if (proof === null) return { facts };
  const small = JSON.stringify(records).length <= PUSH_BYTES_MAX;
  const body = { records: small ? records : [], proof } as unknown as Json;
  const first = replicas(facts, options.self);
  const asks = first.map((to): Effect => ask(to, body));
  const children = [...new Set(Object.values(facts.edges).flat())].filter(
    (node) => !first.includes(node) && node !== options.self,
  );
  const tells = children.map((to): Effect => ({ effect: 'tell', to, tree: null, kind: 'consensus.append', body }));
  const again: Effect[] =
    facts.waiting.length > 0 ? [{ effect: 'timer', name: 'consensus.pushAgain', afterMs: PUSH_RETRY_MS }] : [];
  return only(facts, ...asks, ...tells, ...again);
}

function ask(to: NodeId, body: Json): Effect {
  return {
    effect: 'ask',
    to,
    tree: null,
    kind: 'consensus.append',
    body,
    deadlineMs: LIMITS.askDeadlineMs,
    then: 'consensus.flushed',
  };
}

/** While answers wait for copies: the lowest live slots that have not said so are asked again. */
export function pushAgain(facts: ConsensusFacts, options: LeadingOptions): ConsensusStep {
  const wanted = facts.waiting.filter((waiting) => waiting.needs === 'copies').at(-1)?.version;
  if (wanted === undefined || facts.proof === null) return { facts };
  const behind = replicas(facts, options.self).filter((node) => (facts.flushed[node] ?? 0) < wanted);
  const body = { records: [], proof: facts.proof } as unknown as Json;
  return only(facts, ...behind.map((to) => ask(to, body)), {
    effect: 'timer',
    name: 'consensus.pushAgain',
    afterMs: PUSH_RETRY_MS,
  });
}

/** A replica said how far its log is on its disk. */
export function flushed(facts: ConsensusFacts, answer: Answer): ConsensusStep {
  if (!answer.outcome.ok) return { facts };
  const { version } = answer.outcome.body as { version: number };
  if (version <= (facts.flushed[answer.to] ?? 0)) return { facts };
  return answerWaiting({ ...facts, flushed: { ...facts.flushed, [answer.to]: version } });
}

/** Answers everybody whose version is committed and as often on disk as it needs, or as there are live nodes. */
export function answerWaiting(facts: ConsensusFacts): ConsensusStep {
  if (facts.waiting.length === 0 || facts.view === null) return { facts };
  const live = liveCount(facts);
  const have = facts.view.version;
  const ready = (waiting: ConsensusFacts['waiting'][number]): boolean => {
    if (have < waiting.version || waiting.needs === 'local') return have >= waiting.version;
    const copies = Object.entries(facts.flushed).filter(([, version]) => version >= waiting.version).length;
    return copies >= Math.min(waiting.copies, live);
  };
  const effects = facts.waiting
    .filter(ready)
    .map(({ token, body }): Effect => ({ effect: 'answer', token, outcome: { ok: true, body } }));
  if (effects.length === 0) return { facts };
  return { facts: { ...facts, waiting: facts.waiting.filter((waiting) => !ready(waiting)) }, effects };
}

/** Enough observers agree: one entry takes all of them out of every tree. */
export function condemn(
  facts: ConsensusFacts,
  nodes: readonly NodeId[],
  options: LeadingOptions,
  moment: Moment,
): ConsensusStep {
  if (facts.appended === null) return { facts };
  const dead = nodes.filter((node) => node !== options.self);
  const plan = planReplace(facts.appended, dead, 'dead', {
    alive: (node) => facts.down[node] === undefined && !dead.includes(node),
  });
  return plan.plan === 'append' ? append(facts, plan.entry, moment) : { facts };
}
