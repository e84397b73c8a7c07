import {
  type Outcome,
  type Progress,
  type RaftEvent,
  type RaftMessage,
  type RaftState,
  step,
} from '../../../../src/organs/consensus/raft/index.ts';
import type { Leading } from '../../../../src/organs/consensus/raft/state.ts';
import { Cluster } from './cluster.ts';

export const INSTANT = { monotonic: 0, wall: 0, chance: 0 };

/** A cluster whose first node leads; its first entry is committed, and everybody knows. */
export function electLeader(nodes: readonly string[], voters: readonly string[] = nodes): Cluster {
  const cluster = new Cluster({ nodes, voters, chance: (node) => nodes.indexOf(node) / 10 });
  cluster.run(1_000);
  return cluster;
}

export function stateOf(cluster: Cluster, name: string): RaftState {
  const { state } = cluster.node(name);
  if (state === null) throw new Error(`${name} is down`);
  return state;
}

/** What a leader knows besides its log. */
export function leadingOf(state: RaftState): Leading {
  if (state.role.mode !== 'leading') throw new Error(`${state.self} does not lead`);
  return state.role;
}

/** The leader with something else known of a peer. */
export function withProgress(state: RaftState, node: string, changes: Partial<Progress>): RaftState {
  const role = leadingOf(state);
  const progress = role.progress[node];
  if (progress === undefined) throw new Error(`${node} is no peer`);
  return { ...state, role: { ...role, progress: { ...role.progress, [node]: { ...progress, ...changes } } } };
}

/** The first message of this type that a step sends. */
export function sentBy<T extends RaftMessage['type']>(
  { messages }: Outcome,
  type: T,
): Extract<RaftMessage, { readonly type: T }> {
  const found = messages.find(({ message }) => message.type === type)?.message;
  if (found === undefined) throw new Error(`no ${type} was sent`);
  return found as Extract<RaftMessage, { readonly type: T }>;
}

/** The outcome of an event, which changes nothing in the cluster. */
export function stepOf(state: RaftState, event: RaftEvent, monotonic = 0): Outcome {
  return step(state, event, { ...INSTANT, monotonic });
}
