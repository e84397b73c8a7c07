import type { Command, Entry } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId, View } from '../../contract/words.ts';
import { type Asker, defer, refuse, reply } from './asking.ts';
import { type DrivingOptions, drive } from './driving.ts';
import { type ConsensusFacts, type ConsensusStep, isLeading, only } from './facts.ts';
import { type Judge, planCommand, planReplace } from './plan.ts';
import { PUSH_RETRY_MS } from './pushing.ts';
import { isElector, lastOf } from './raft/index.ts';
import { operatorOf, type Verify } from './records.ts';
import { versionOf } from './roles.ts';
import { votersFor } from './seating.ts';
import { expire, hasRoom, liveNodes, owe } from './waiting.ts';

export interface LeadingOptions extends DrivingOptions {
  readonly verify: Verify;
}

/** How many distinct nodes must have flushed a SET before it is answered: so many, or all where fewer are live. */
const COPIES_OF_SET = 3;

export function judgeOf(facts: ConsensusFacts, options: LeadingOptions, moment: Moment): Judge {
  return {
    now: moment.now,
    verify: options.verify,
    get operator() {
      return operatorOf(options.store);
    },
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
  asker: Asker = null,
): ConsensusStep {
  const { appended } = facts;
  if (appended === null) return only(facts, refuse(asker, { code: 'starting' }));
  const busy = refuse(asker, { code: 'busy', retryAfterMs: PUSH_RETRY_MS });
  if (!hasRoom(facts) || !canAppend(facts)) return chain(expire(facts, moment), (now) => only(now, busy));
  const plan = planCommand(appended, command, from, judgeOf(facts, options, moment));
  if (plan.plan === 'refuse') return only(facts, refuse(asker, { code: plan.code, detail: plan.detail }));
  if (plan.plan === 'done') return answerLater(facts, appended, 1, moment, asker);
  const leaver = leaverIn(command);
  if (leaver !== undefined && isVoter(facts, leaver)) return letGo(facts, leaver, moment, asker);
  const copies = command.type === 'set' ? Math.min(COPIES_OF_SET, liveNodes(facts).length) : 1;
  return chain(append(facts, plan.entry, options, moment), (now) =>
    now.appended === null ? only(now) : answerLater(now, now.appended, copies, moment, asker),
  );
}

/** Who goes for good by this command. */
function leaverIn(command: Command): NodeId | undefined {
  if (command.type === 'revoke') return command.node;
  return command.type === 'leave' && command.trees === undefined ? command.node : undefined;
}

/** What this leader wants for itself: its place back, or to leave. It has tried again by the time that it leads no more. */
export function settleOwn(
  facts: ConsensusFacts,
  command: Extract<Command, { type: 'return' | 'leave' }>,
  options: LeadingOptions,
  moment: Moment,
): ConsensusStep {
  if (facts.appended === null || !canAppend(facts)) return { facts };
  const plan = planCommand(facts.appended, command, undefined, judgeOf(facts, options, moment));
  if (plan.plan === 'refuse') return { facts, signals: [{ type: 'consensus.refuse', ...plan }] };
  if (plan.plan === 'done') return { facts, signals: [{ type: 'consensus.settled' }] };
  if (command.type === 'return') return append(facts, plan.entry, options, moment);
  if (hasHeirs(facts, command.node)) return { facts: withLeaver(facts, command.node, moment) };
  return { facts, signals: [{ type: 'consensus.refuse', code: 'no-authority', detail: LAST }] };
}

/** True where the log takes one more entry of this node. */
export function canAppend(facts: ConsensusFacts): boolean {
  const { raft } = facts;
  if (raft === null || !isLeading(facts)) return false;
  return lastOf(raft.log).index - raft.log.commit < LIMITS.raftUncommittedMax;
}

function isVoter({ raft }: ConsensusFacts, node: NodeId): boolean {
  return raft !== null && isElector(raft.log.electorate, node);
}

/**
 * A voter that leaves is first replaced as one, in a step of its own; it asks again until then. Where nobody could take its
 * place it must stay: without it the others could decide nothing.
 */
function letGo(facts: ConsensusFacts, node: NodeId, moment: Moment, asker: Asker): ConsensusStep {
  if (!hasHeirs(facts, node)) return only(facts, refuse(asker, { code: 'no-authority', detail: LAST }));
  return only(withLeaver(facts, node, moment), refuse(asker, { code: 'busy', retryAfterMs: PUSH_RETRY_MS }));
}

const LAST = 'the last node that commits entries cannot leave: nobody else could let the others go on';

function hasHeirs({ view }: ConsensusFacts, node: NodeId): boolean {
  return view !== null && votersFor(view, (other) => other !== node).length > 0;
}

function withLeaver(facts: ConsensusFacts, node: NodeId, moment: Moment): ConsensusFacts {
  return { ...facts, leavers: { ...facts.leavers, [node]: moment.monotonic + LIMITS.answersOwedMs } };
}

/** Owes the answer until what was appended up to `last` is committed, which it may be already. */
function answerLater(
  facts: ConsensusFacts,
  last: Pick<View, 'version' | 'epoch'>,
  copies: number,
  moment: Moment,
  asker: Asker,
): ConsensusStep {
  const { version, epoch } = last;
  const body = { version };
  if (copies === 1 && version === facts.view?.version) return only(facts, reply(asker, body));
  return defer(facts, asker, 'leader', (now, token) =>
    only(owe(now, { token, version, needs: 'copies', copies, epoch, body }, moment)),
  );
}

/** Appends one entry to this leader's log. It is committed when a majority has flushed it, and told when it is proven. */
export function append(facts: ConsensusFacts, entry: Entry, options: DrivingOptions, moment: Moment): ConsensusStep {
  const { flushed, pushing } = forgetting(facts, entry);
  return drive({ ...facts, flushed, pushing }, [{ type: 'propose', entry }], options, moment);
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
  return chain({ facts }, ...cuts.map((cut) => (now: ConsensusFacts) => takeOut(now, cut, alive, options, moment)));
}

function takeOut(
  facts: ConsensusFacts,
  nodes: readonly NodeId[],
  alive: (node: NodeId) => boolean,
  options: LeadingOptions,
  moment: Moment,
): ConsensusStep {
  if (facts.appended === null || !canAppend(facts)) return { facts };
  const plan = planReplace(facts.appended, nodes, 'dead', { alive });
  return plan.plan === 'append' ? append(facts, plan.entry, options, moment) : { facts };
}
