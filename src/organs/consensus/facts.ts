import type { Command, LogRecord } from '../../contract/entries.ts';
import type { Effect, Step } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import { placedNodes } from '../../contract/slots.ts';
import type { Json, Member, NodeId, OrganismId, Proof, TreeId, View } from '../../contract/words.ts';
import { registerKey } from './apply.ts';

/** What this organ knows. Only `view`, `proof` and the log are on the disk; the rest is rebuilt or learnt again. */
export interface ConsensusFacts {
  readonly organism: OrganismId | null;
  /** Committed, proven and durable. */
  readonly view: View | null;
  readonly proof: Proof | null;
  /** The leader's log runs ahead of its proof: what the next entry is judged by. Equals `view` on everybody else. */
  readonly appended: View | null;
  /** Appended, not yet proven; oldest first. */
  readonly trail: readonly { readonly view: View; readonly record: LogRecord }[];
  readonly proving: boolean;
  /** Versions of registers set by the trail, by store key; 0 for removed ones. */
  readonly unproven: { readonly [key: string]: number };
  /** Whose answer waits for what. */
  readonly waiting: readonly Waiting[];
  /** How far other nodes have flushed the log, as they said. */
  readonly flushed: { readonly [node: NodeId]: number };
  /** What this node believes of the peers that it does not hold alive. */
  readonly down: { readonly [node: NodeId]: 'suspect' | 'paused' | 'dead' };
  /** The attached children per tree, to whom entries are handed on. */
  readonly edges: { readonly [tree: TreeId]: readonly NodeId[] };
  /** Records of a peer that is ahead, until they reach what its proof covers. */
  readonly gathering: { readonly peer: NodeId; readonly records: readonly LogRecord[] } | null;
  readonly nextToken: number;
  readonly attempts: number;
}

/** `copies`: so many distinct nodes must have flushed the version; `local`: this node must have it. */
export interface Waiting {
  readonly token: string;
  readonly version: number;
  readonly needs: 'copies' | 'local';
  readonly copies: number;
  readonly body: Json;
}

/** Who this node is, for its requests to the leader. */
export interface SelfDescription extends Omit<Member, 'revoked'> {
  readonly weight: number;
  readonly genomes: readonly string[];
}

export type ReadableStore = Pick<Store, 'get' | 'range'>;

export type ConsensusStep = Step<ConsensusFacts>;

export const only = (facts: ConsensusFacts, ...effects: Effect[]): ConsensusStep => ({ facts, effects });

/** Log keys sort by index. */
export function logKey(index: number): string {
  return String(index).padStart(12, '0');
}

export function leaderOf(view: View | null): NodeId | null {
  return view?.voters[0] ?? null;
}

/** The nodes with a slot, in slot order of the first tree, then of the others: who gets copies first. */
export function inSlotOrder(view: View): NodeId[] {
  const maps = view.genomes.flatMap((genome) => Object.values(view.trees).filter((map) => map.genome === genome));
  return [...new Set(maps.flatMap((map) => map.slots.map((occupant) => occupant.node)))];
}

export function isPlaced(view: View, node: NodeId): boolean {
  return placedNodes(view).has(node);
}

/** A suspect counts as live: nobody acts on a suspicion. */
export function isLive(facts: ConsensusFacts, node: NodeId): boolean {
  return (facts.down[node] ?? 'suspect') === 'suspect';
}

/** The version of a register by the leader's own log, flushed or not. */
export function versionOf(facts: ConsensusFacts, store: ReadableStore, tree: TreeId, key: string): number {
  const stored = registerKey(tree, key);
  const unproven = facts.unproven[stored];
  if (unproven !== undefined) return unproven;
  const register = store.get('registers', stored) as { version: number } | undefined;
  return register?.version ?? 0;
}

/** What must be on the disk once `records` have led to `view`. */
export function persisted(view: View, records: readonly LogRecord[], topology: boolean, proof: Proof | null): Write[] {
  const { generation, epoch, version, hash } = view;
  return [
    ...records.map((record): Write => ({ table: 'log', key: logKey(record.index), value: record as unknown as Json })),
    { table: 'meta', key: 'tip', value: { generation, epoch, version, hash } },
    ...(topology ? [{ table: 'meta', key: 'view', value: view as unknown as Json } as const] : []),
    ...(proof === null ? [] : [{ table: 'meta', key: 'proof', value: proof as unknown as Json } as const]),
  ];
}

/** The facts as the store has them; everything volatile starts empty. */
export function restored(store: ReadableStore, organism: OrganismId | null): ConsensusFacts {
  const topology = store.get('meta', 'view') as unknown as View | undefined;
  const tip = store.get('meta', 'tip') as unknown as
    | Pick<View, 'generation' | 'epoch' | 'version' | 'hash'>
    | undefined;
  const view = topology === undefined ? null : { ...topology, ...tip };
  return {
    organism: view?.organism ?? organism,
    view,
    proof: (store.get('meta', 'proof') as unknown as Proof | undefined) ?? null,
    appended: view,
    trail: [],
    proving: false,
    unproven: {},
    waiting: [],
    flushed: {},
    down: {},
    edges: {},
    gathering: null,
    nextToken: 1,
    attempts: 0,
  };
}

export type ProposeBody = { readonly command: Command };
export type AppendBody = { readonly records: readonly LogRecord[]; readonly proof: Proof };
