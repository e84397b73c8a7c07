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
  /** A peer showed that it has a newer view than ours. */
  'pulse.outdated': { readonly peer: NodeId; readonly fence: Fence };
  /** This node's opinion of a peer changed; never by itself an act of authority. */
  'pulse.changed': { readonly node: NodeId; readonly state: 'live' | 'suspect' | 'paused' | 'dead' };
  /** Only at the leader: enough assigned observers and its own probe agree that these nodes are gone. */
  'pulse.condemned': { readonly nodes: readonly NodeId[] };
  /** Whether this node hears of a leader with a majority. */
  'pulse.sovereignty': { readonly sovereign: boolean };
  /** Who is attached to this cell, and to whom it is. */
  'tree.edges': { readonly tree: TreeId; readonly parent: NodeId | null; readonly children: readonly NodeId[] };
  /** While the node stops: nothing waits for a peer that can be reached. */
  'outbox.drained': Record<string, never>;
  /** What a cell of this tree told all others, in the order of each origin; to its origin too. */
  'broadcast.received': {
    readonly tree: TreeId;
    readonly topic: string;
    readonly body: Json;
    readonly origin: NodeId;
  };
  /** The organism stands still from now on: nobody suspects, repairs or replaces. */
  'node.halted': { readonly by: NodeId };
  /** This node finishes its work; peers must not suspect it for a while. */
  'node.pausing': { readonly returnWithinMs: number };
  /** A cell gives up its slots. */
  'node.leaving': Record<string, never>;
}

export type NodeEventKind = keyof NodeEvents;
