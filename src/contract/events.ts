import type { LogRecord } from './entries.ts';
import type { FaultCode } from './errors.ts';
import type { Fence, Json, NodeId, Proof, TreeId, View } from './words.ts';

/**
 * The facts that organs tell each other over a node's bus, by kind. Organs never import each other: this list is all
 * that one knows of another.
 */
export interface NodeEvents {
  /** A newer view is on this node's disk. `records` are what led to it, empty after a snapshot. */
  'consensus.committed': {
    readonly view: View;
    readonly previous: View;
    readonly records: readonly LogRecord[];
    readonly proof: Proof;
  };
  /** Who commits entries, as far as this node knows. */
  'consensus.led': { readonly leader: NodeId | null; readonly epoch: number };
  /** This node has its place in the organism. */
  'consensus.admitted': Record<string, never>;
  /** The organism does not take this node, for good. */
  'consensus.refused': { readonly code: FaultCode; readonly detail: string | null };
  /** This node has left: nothing of it is needed any more. */
  'consensus.departed': Record<string, never>;
  /** The voters have vouched for two different logs: this node decides nothing any more. */
  'consensus.forked': { readonly version: number; readonly signers: readonly NodeId[] };
  /** A peer showed that it has a newer view than ours. */
  'pulse.outdated': { readonly peer: NodeId; readonly fence: Fence };
  /** This node's opinion of a peer changed; never by itself an act of authority. */
  'pulse.changed': {
    readonly node: NodeId;
    readonly state: 'live' | 'suspect' | 'paused' | 'dead';
    /** Of a node that pauses: within how long it said it would be back. */
    readonly returnWithinMs?: number;
  };
  /** Only at the leader: enough assigned observers and its own probe agree that these nodes are gone. */
  'pulse.condemned': { readonly nodes: readonly NodeId[] };
  /** Whether this node hears of a leader with a majority. */
  'pulse.sovereignty': { readonly sovereign: boolean };
  /** Who is attached to this cell, and to whom it is. */
  'tree.edges': { readonly tree: TreeId; readonly parent: NodeId | null; readonly children: readonly NodeId[] };
  /** While the node stops: nothing waits for a peer that can be reached. */
  'outbox.drained': Record<string, never>;
  /** What a cell of this tree told all others, in the order of each origin or in one order of all; to its origin too. */
  'broadcast.received': {
    readonly tree: TreeId;
    readonly topic: string;
    readonly body: Json;
    readonly origin: NodeId;
    /** Of the origin's process. */
    readonly incarnation: number;
    readonly order: 'origin' | 'total';
    /** Of the origin's messages in this life, or its place in the order of all; both from 1. */
    readonly number: number;
  };
  /** The organism stands still from now on: nobody suspects, repairs or replaces. */
  'node.halted': { readonly by: NodeId };
  /** This node finishes its work; peers must not suspect it for a while. */
  'node.pausing': { readonly returnWithinMs: number };
  /** A cell gives up its slots. */
  'node.leaving': Record<string, never>;
}

export type NodeEventKind = keyof NodeEvents;

/**
 * How a bus keeps a fact for those who were not there when it was told: an organ that was restarted is told it once more.
 * Its own facts too, as the others still go by them.
 */
export interface Retention<Body> {
  /** A fact takes the place of the earlier one with the same key. @default one fact of the kind */
  key?(body: Body): string;
  /** True for the fact that only takes an earlier one back. @default never */
  isVoid?(body: Body): boolean;
  /** What it says to those who know nothing of what was before it. @default the same */
  repeated?(body: Body): Body;
}

type RetentionTable = { readonly [K in NodeEventKind]: Retention<NodeEvents[K]> | null };

/** Which facts say how things are, and are retained; null for those that only say what happened. */
export const RETENTION: RetentionTable = {
  'consensus.committed': { repeated: ({ view, proof }) => ({ view, previous: view, records: [], proof }) },
  'consensus.led': {},
  'consensus.admitted': null,
  'consensus.refused': {},
  'consensus.departed': null,
  'consensus.forked': {},
  'pulse.outdated': null,
  'pulse.changed': { key: ({ node }) => node, isVoid: ({ state }) => state === 'live' },
  'pulse.condemned': null,
  'pulse.sovereignty': {},
  'tree.edges': { key: ({ tree }) => tree },
  'outbox.drained': null,
  'broadcast.received': null,
  'node.halted': {},
  'node.pausing': {},
  'node.leaving': {},
};
