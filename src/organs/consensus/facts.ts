import type { Command, LogRecord } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Step } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import { slotOf } from '../../contract/slots.ts';
import type { JoinRequest } from '../../contract/wire.ts';
import type { Descent, Json, Member, NodeId, OrganismId, Proof, TreeId, View } from '../../contract/words.ts';
import { applyRecord } from './apply.ts';
import { type RaftState, leaderIn as raftLeader } from './raft/index.ts';
import { logKey, type ReadableStore } from './records.ts';

export { logKey, type ReadableStore };

/** What this organ knows. Only `view`, `proof`, `departed`, `abstains`, the log and the ballot are on the disk; the rest is rebuilt or learnt again. */
export interface ConsensusFacts {
  readonly organism: OrganismId | null;
  /** Committed, proven and durable. */
  readonly view: View | null;
  readonly proof: Proof | null;
  /** The leader's log runs ahead of its proof: what the next entry is judged by. Equals `view` on everybody else. */
  readonly appended: View | null;
  /** Appended, not yet proven; oldest first. */
  readonly trail: readonly Appended[];
  /** A signature of this node is on its way: the log up to it is being flushed. */
  readonly proving: boolean;
  /** Who votes and leads, and the end of the log, committed or not; null before there is a log. */
  readonly raft: RaftState | null;
  /**
   * On the disk: it may have voted in an earlier life, and its disk has forgotten how. Until the log shows this life of it,
   * and that it is no voter, its word counts for nothing. So is every node that comes with an empty disk.
   */
  readonly abstains: boolean;
  /** At the leader: when it last began a change of voters, monotonic milliseconds. */
  readonly steeredAt: number | null;
  /** The newest signatures under the log, by whom: this node's own and, at the leader, those of the other voters. */
  readonly vouches: { readonly [node: NodeId]: readonly Vouch[] };
  /** For which version the leader has asked the voters once more, and when, monotonic milliseconds. */
  readonly polled: { readonly version: number; readonly at: number } | null;
  /** What the other organs were told last of who leads. */
  readonly led: { readonly leader: NodeId | null; readonly epoch: number } | null;
  /** When the timer fires that gives the log's rules their next tick, monotonic milliseconds. */
  readonly armedFor: number | null;
  /** At the leader: voters that want to leave, and until when that is believed without being said again. */
  readonly leavers: { readonly [node: NodeId]: number };
  /** Requests of this node while nobody leads, though a leader was heard of lately. */
  readonly held: readonly Held[];
  /** Whether a leader with authority was heard of lately (pulse). */
  readonly sovereign: boolean;
  /** Newcomers that asked while an entry was on its way to the disk: the next one takes them all. */
  readonly gathered: readonly Newcomer[];
  /** The leader's newest committed records, `LIMITS.pushRecordsMax` at most: what replicas that lag a little are pushed. */
  readonly recent: readonly LogRecord[];
  /** Whose answer waits for what. */
  readonly waiting: readonly Waiting[];
  /** How far other nodes have flushed the log, as they said. */
  readonly flushed: { readonly [node: NodeId]: number };
  /** When the push that a replica has not answered left, monotonic milliseconds. */
  readonly pushing: { readonly [node: NodeId]: number };
  /** What this node believes of the peers that it does not hold alive. */
  readonly down: { readonly [node: NodeId]: 'suspect' | 'paused' | 'dead' };
  /** The attached children per tree, to whom entries are handed on. */
  readonly edges: { readonly [tree: TreeId]: readonly NodeId[] };
  /** What a peer that is ahead has sent so far. */
  readonly gathering: Gathering | null;
  readonly nextToken: number;
  readonly attempts: number;
  /** On the disk: it left by its own wish, so it is a member no more whatever its view says. */
  readonly departed: boolean;
  /** What was logged of other voters: not again. */
  readonly noticed: readonly string[];
  /** It has seen two proofs for one version: until it starts again it decides nothing and follows nobody's decisions. */
  readonly forked: boolean;
}

/** What a node signed: that its log up to `version` is the one with this hash, and on its disk. */
export interface Vouch {
  readonly version: number;
  readonly hash: string;
  readonly signature: string;
}

/** A request that waits for a leader, and is owed an answer under the token. */
export interface Held {
  readonly token: string;
  readonly kind: 'consensus.propose' | 'consensus.join' | 'consensus.read';
  readonly body: Json;
}

/** A record of the leader's log and the view that it leads to. */
export interface Appended {
  readonly view: View;
  readonly record: LogRecord;
}

/** Somebody who asked to be let in, and is owed an answer under the token. */
export interface Newcomer {
  readonly token: string;
  readonly request: JoinRequest;
  /** The peer that asked, itself or for another; undefined for this node. */
  readonly from: NodeId | undefined;
}

/** Pages of a peer's log, until they reach what its proof covers. */
export interface Gathering {
  readonly peer: NodeId;
  readonly pages: readonly (readonly LogRecord[])[];
  /** The last index gathered: what the question under way names, so that answers to older ones are told apart. */
  readonly after: number;
  /** Of this node's view, and of what was gathered since. */
  readonly lineage: readonly Descent[];
}

/** `copies`: so many live nodes must have flushed the version; `local`: this node must have it. */
export interface Waiting {
  readonly token: string;
  readonly version: number;
  readonly needs: 'copies' | 'local';
  readonly copies: number;
  /** The epoch in which the entry was appended: another leader's entry at its place says that it is lost. 0 for any. */
  readonly epoch: number;
  readonly body: Json;
  /** Monotonic milliseconds after which whoever asked has given up. */
  readonly until: number;
}

/** Who this node is, for its requests to the leader. */
export interface SelfDescription extends Omit<Member, 'revoked'> {
  readonly weight: number;
  readonly genomes: readonly string[];
}

export type ConsensusStep = Step<ConsensusFacts>;

export const only = (facts: ConsensusFacts, ...effects: Effect[]): ConsensusStep => ({ facts, effects });

/**
 * Who commits entries, as far as this node knows. A voter hears its leader and knows when there is none; the others go by
 * who opened the newest epoch.
 */
export function leaderOf({ raft, view }: Pick<ConsensusFacts, 'raft' | 'view'>): NodeId | null {
  if (raft === null) return leaderIn(view);
  if (isElector(raft) || raft.epoch > (view?.epoch ?? 0)) return raftLeader(raft);
  return raftLeader(raft) ?? leaderIn(view);
}

export function leaderIn(view: View | null): NodeId | null {
  return view?.leader ?? view?.voters[0] ?? null;
}

function isElector({ self, log: { electorate } }: RaftState): boolean {
  return electorate.voters.includes(self) || electorate.leaving.includes(self);
}

/** True where this node may append entries. */
export function isLeading({ raft, forked }: Pick<ConsensusFacts, 'raft' | 'forked'>): boolean {
  return raft !== null && !forked && raft.role.mode === 'leading' && raft.role.handover === null;
}

/** How far a node has flushed the log, as it said itself: a voter at each acknowledgement, the others when they are pushed. */
export function flushedAt({ raft, flushed, view }: ConsensusFacts, node: NodeId): number {
  if (node === raft?.self) return Math.min(raft.log.stable, view?.version ?? 0);
  const match = raft?.role.mode === 'leading' ? (raft.role.progress[node]?.match ?? 0) : 0;
  return Math.max(flushed[node] ?? 0, match);
}

/** The nodes with a slot, in slot order of the first tree, then of the others: who gets copies first. */
export function inSlotOrder(view: View): NodeId[] {
  const maps = view.genomes.flatMap((genome) => Object.values(view.trees).filter((map) => map.genome === genome));
  return [...new Set(maps.flatMap((map) => map.slots.map((occupant) => occupant.node)))];
}

export function isPlaced(view: View, node: NodeId): boolean {
  return Object.values(view.trees).some((map) => slotOf(map, node) > 0);
}

/** A suspect counts as live: nobody acts on a suspicion. */
export function isLive(facts: ConsensusFacts, node: NodeId): boolean {
  const belief = facts.down[node];
  return belief === undefined || belief === 'suspect';
}

export function recordWrite(record: LogRecord): Write {
  return { table: 'log', key: logKey(record.index), value: record as unknown as Json };
}

/**
 * What must be on the disk once `records` have led to `view`: the records themselves and, now and then, the view, so that
 * a start replays few of them. Writing the whole view for each entry would cost more than the entry.
 */
export function persisted(
  previous: View | null,
  view: View,
  records: readonly LogRecord[],
  proof: Proof | null,
): Write[] {
  const writes = records.map(recordWrite);
  const checkpoint = (version: number): number => Math.floor(version / LIMITS.viewCheckpointEntries);
  if (previous === null || checkpoint(previous.version) < checkpoint(view.version))
    writes.push({ table: 'meta', key: 'view', value: view as unknown as Json });
  if (proof !== null) writes.push({ table: 'meta', key: 'proof', value: proof as unknown as Json });
  return writes;
}

/** The last checkpoint, and what the log says since, up to where it is proven. */
function restoredView(store: ReadableStore, proof: Proof | null): View | null {
  let view = (store.get('meta', 'view') as unknown as View | undefined) ?? null;
  if (view === null) return null;
  for (const record of storedAfter(store, view.version)) {
    if (record.index > (proof?.version ?? 0)) break;
    view = applyRecord(view, record).view;
  }
  return view;
}

/** The records on the disk after `version`, without gap. */
export function* storedAfter(store: ReadableStore, version: number): Generator<LogRecord> {
  let next = version + 1;
  for (const [, value] of store.range('log', { after: logKey(version) })) {
    const record = value as unknown as LogRecord;
    if (record.index !== next) return;
    yield record;
    next += 1;
  }
}

/** The facts as the store has them; everything volatile starts empty. */
export function restored(store: ReadableStore, organism: OrganismId | null): ConsensusFacts {
  const proof = (store.get('meta', 'proof') as unknown as Proof | undefined) ?? null;
  const view = restoredView(store, proof);
  return {
    organism: view?.organism ?? organism,
    view,
    proof,
    appended: view,
    trail: [],
    proving: false,
    raft: null,
    abstains: view === null || store.get('meta', ABSTAINS) === true,
    steeredAt: null,
    vouches: {},
    polled: null,
    led: null,
    armedFor: null,
    leavers: {},
    held: [],
    sovereign: false,
    gathered: [],
    recent: [],
    waiting: [],
    flushed: {},
    pushing: {},
    down: {},
    edges: {},
    gathering: null,
    nextToken: 1,
    attempts: 0,
    departed: store.get('meta', DEPARTED) === true,
    noticed: [],
    forked: false,
  };
}

const DEPARTED = 'departed';
const ABSTAINS = 'abstains';

/** Remembers, or forgets, that this node's word does not count. */
export function abstention(abstains: boolean): Write {
  return abstains ? { table: 'meta', key: ABSTAINS, value: true } : { table: 'meta', key: ABSTAINS, remove: true };
}

/** Remembers, or forgets, that this node left. */
export function departure(departed: boolean): Write {
  return departed ? { table: 'meta', key: DEPARTED, value: true } : { table: 'meta', key: DEPARTED, remove: true };
}

export type ProposeBody = { readonly command: Command };
export type AppendBody = { readonly records: readonly LogRecord[]; readonly proof: Proof };
