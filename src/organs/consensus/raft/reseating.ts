import { LIMITS } from '../../../contract/limits.ts';
import type { NodeId } from '../../../contract/words.ts';
import { append, tendPeers } from './appending.ts';
import { isElector, isJoint, isSeatable, joining, sameNodes } from './electorate.ts';
import type { Refusal } from './outcome.ts';
import { replicateAll } from './sending.ts';
import { isLeading, type LeadingTurn, lead, type Turn } from './turn.ts';

/**
 * Begins a change of voters: a joint electorate from here on, which the leader leaves by itself once it is committed. One
 * change at a time, and none before the leader's first entry is committed: else two leaders could each hold a majority
 * of a list that the other does not know.
 */
export function reseat(turn: Turn, voters: readonly NodeId[]): void {
  const why = isLeading(turn) ? objection(turn, voters) : 'not-leading';
  if (why !== undefined) turn.refuse('reseat', why);
  else if (isLeading(turn)) begin(turn, voters);
}

function begin(turn: LeadingTurn, voters: readonly NodeId[]): void {
  const { progress } = turn.state.role;
  const joined = voters.filter((node) => !isElector(turn.state.log.electorate, node));
  // A node that had forgotten is trusted again from here on: it has been outside, and holds the log as a learner did.
  const trusted = joined.flatMap((node) => {
    const peer = progress[node];
    return peer === undefined ? [] : [[node, { ...peer, forgot: false }] as const];
  });
  lead(turn, { progress: { ...progress, ...Object.fromEntries(trusted) } });
  append(turn, joining(turn.state.log.electorate, voters));
}

function objection(turn: LeadingTurn, voters: readonly NodeId[]): Refusal['why'] | undefined {
  const { log, role } = turn.state;
  if (!isSeatable(voters) || sameNodes(voters, log.electorate.voters)) return 'unfit';
  if (role.handover !== null) return 'handing-over';
  if (role.opened > log.commit || log.electorateAt > log.commit || isJoint(log.electorate)) return 'unsettled';
  return isCarried(turn, voters) && voters.every((node) => isReady(turn, node)) ? undefined : 'behind';
}

/**
 * True where a majority of the list is known to keep up and to count: else nothing might ever be committed again, the end
 * of the change included.
 */
function isCarried({ state: { self, log, role } }: LeadingTurn, voters: readonly NodeId[]): boolean {
  const keepsUp = (node: NodeId): boolean => {
    const peer = role.progress[node];
    if (peer === undefined) return node === self;
    const isTrusted = !peer.forgot || !isElector(log.electorate, node);
    return peer.mode === 'streaming' && !peer.abstains && isTrusted;
  };
  return voters.filter(keepsUp).length > voters.length / 2;
}

/** True for a voter of today, and for a learner that lacks no more than what is on its way. */
function isReady({ state: { self, log, role } }: LeadingTurn, node: NodeId): boolean {
  if (node === self || isElector(log.electorate, node)) return true;
  const peer = role.progress[node];
  return peer?.mode === 'streaming' && peer.match + LIMITS.raftLagMax >= log.commit;
}

/** Replicates to these besides the voters, from now on. `LIMITS.learnersMax` of them; the rest is left out. */
export function setLearners(turn: Turn, nodes: readonly NodeId[]): void {
  if (!isLeading(turn)) return;
  const { log } = turn.state;
  const learners = [...new Set(nodes)].filter((node) => !isElector(log.electorate, node));
  lead(turn, { learners: learners.slice(0, LIMITS.learnersMax) });
  tendPeers(turn);
  replicateAll(turn);
}
