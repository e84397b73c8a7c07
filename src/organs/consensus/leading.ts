import type { Command, Entry } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId, Proof } from '../../contract/words.ts';
import { applyRecord } from './apply.ts';
import type { Authority } from './authority.ts';
import { type ConsensusFacts, type ConsensusStep, only, persisted, type ReadableStore, versionOf } from './facts.ts';
import { type Judge, planCommand, planReplace } from './plan.ts';
import { PUSH_RETRY_MS, push } from './pushing.ts';
import { nextRecord, type Verify } from './records.ts';
import { answerWaiting, expire, hasRoom, liveNodes, owe } from './waiting.ts';

export interface LeadingOptions {
  readonly self: NodeId;
  readonly store: ReadableStore;
  readonly verify: Verify;
  readonly authority: Authority;
}

export function judgeOf(facts: ConsensusFacts, options: LeadingOptions, moment: Moment): Judge {
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
  if (!hasRoom(facts))
    return chain(expire(facts, moment), (now) =>
      only(now, { effect: 'refuse', code: 'busy', retryAfterMs: PUSH_RETRY_MS }),
    );
  const plan = planCommand(appended, command, from, judgeOf(facts, options, moment));
  if (plan.plan === 'refuse') return only(facts, { effect: 'refuse', code: plan.code, detail: plan.detail });
  if (plan.plan === 'done') return answerLater(facts, appended.version, 1, moment);
  const copies = command.type === 'set' ? options.authority.copiesOfSet(liveNodes(facts).length) : 1;
  return chain(answerLater(facts, appended.version + 1, copies, moment), (now) => append(now, plan.entry, moment));
}

/** Owes the answer until the version is committed, which it may be already. */
function answerLater(facts: ConsensusFacts, version: number, copies: number, moment: Moment): ConsensusStep {
  const body = { version };
  if (copies === 1 && facts.trail.length === 0 && version === facts.view?.version)
    return only(facts, { effect: 'reply', body });
  const token = `leader-${facts.nextToken}`;
  const next = owe(facts, { token, version, needs: 'copies', copies, body }, moment);
  return only({ ...next, nextToken: facts.nextToken + 1 }, { effect: 'defer', token });
}

/** Appends one entry to this node's log. It is committed when its flush has been vouched for (`proved`). */
export function append(facts: ConsensusFacts, entry: Entry, moment: Moment): ConsensusStep {
  const record = nextRecord(facts.appended, entry, facts.appended?.epoch ?? 1, moment.now);
  const { view, writes } = applyRecord(facts.appended, record);
  const { flushed, pushing } = forgetting(facts, entry);
  const next = {
    ...facts,
    flushed,
    pushing,
    organism: view.organism,
    appended: view,
    trail: [...facts.trail, { view, record }],
  };
  return chain({ facts: next, writes: [...persisted(facts.appended, view, [record], null), ...writes] }, prove);
}

/** Who comes or comes back may do so with another disk, and who goes takes its own along: what they flushed is void. */
function forgetting(facts: ConsensusFacts, entry: Entry): Pick<ConsensusFacts, 'flushed' | 'pushing'> {
  const moved = movedBy(entry);
  if (moved.length === 0) return facts;
  const flushed = { ...facts.flushed };
  const pushing = { ...facts.pushing };
  for (const node of moved) {
    delete flushed[node];
    delete pushing[node];
  }
  return { flushed, pushing };
}

function movedBy(entry: Entry): readonly NodeId[] {
  if (entry.type === 'JOIN') return entry.joins.map(({ member }) => member.node);
  if (entry.type === 'RETURN') return [entry.member.node];
  return entry.type === 'REPLACE' ? entry.nodes : [];
}

/**
 * Asks for this node's signature, which the kernel gives only after everything appended so far is on the disk. One proof
 * covers `LIMITS.commitBatchMax` entries at most; what was appended meanwhile gets the next one.
 */
export function prove(facts: ConsensusFacts): ConsensusStep {
  const last = facts.trail[Math.min(facts.trail.length, LIMITS.commitBatchMax) - 1];
  if (facts.proving || last === undefined) return { facts };
  const { organism, generation, epoch, version, hash } = last.view;
  return only(
    { ...facts, proving: true },
    { effect: 'run', name: 'prove', params: { organism, generation, epoch, version, hash } },
  );
}

/** This node vouched for its log: what the authority holds committed is told to the others, and answered. */
export function proved(facts: ConsensusFacts, proof: Proof, options: LeadingOptions, moment: Moment): ConsensusStep {
  const flushed = { ...facts.flushed, [options.self]: proof.version };
  const done = facts.trail.filter(({ record }) => record.index <= proof.version);
  const view = done.at(-1)?.view;
  if (view === undefined || options.authority.committedAt(view, flushed) < proof.version)
    return only({ ...facts, proving: false, flushed });
  const records = done.map(({ record }) => record);
  const recent = [...facts.recent, ...records].slice(-LIMITS.pushRecordsMax);
  const trail = facts.trail.slice(done.length);
  const next = { ...facts, proving: false, proof, view, trail, recent, flushed };
  const committed: Effect = {
    effect: 'emit',
    kind: 'consensus.committed',
    body: { view, previous: facts.view ?? view, records, proof },
  };
  return chain(only(next, committed), (now) => push(now, records, options.self, moment), answerWaiting, prove);
}

/** Enough observers agree: all these nodes are taken out of every tree, with one entry where there is room in it. */
export function condemn(
  facts: ConsensusFacts,
  nodes: readonly NodeId[],
  options: LeadingOptions,
  moment: Moment,
): ConsensusStep {
  const { appended } = facts;
  if (appended === null) return { facts };
  const dead = nodes.filter((node) => node !== options.self);
  const alive = (node: NodeId): boolean => facts.down[node] === undefined && !dead.includes(node);
  // A node leaves two moves in a tree: one fills its slot, one closes the slot of who fills it.
  const share = Math.max(1, Math.floor(LIMITS.replaceMovesMax / 2 / Object.keys(appended.trees).length));
  const cuts = Array.from({ length: Math.ceil(dead.length / share) }, (_, cut) =>
    dead.slice(cut * share, (cut + 1) * share),
  );
  return chain({ facts }, ...cuts.map((cut) => (now: ConsensusFacts) => takeOut(now, cut, alive, moment)));
}

function takeOut(
  facts: ConsensusFacts,
  nodes: readonly NodeId[],
  alive: (node: NodeId) => boolean,
  moment: Moment,
): ConsensusStep {
  if (facts.appended === null) return { facts };
  const plan = planReplace(facts.appended, nodes, 'dead', { alive });
  return plan.plan === 'append' ? append(facts, plan.entry, moment) : { facts };
}
