import type { NodeId, View } from '../../contract/words.ts';

/**
 * The seam of the organism's decisions: who may append, and when an appended entry is committed. Today one node, the
 * founder, is the only voter; a quorum of several voters takes its place behind these three questions.
 */
export interface Authority {
  /** True where this node may append entries to the log of `view`. */
  mayAppend(view: View, self: NodeId): boolean;
  /** The highest version committed, given how far each voter has flushed its log. */
  committedAt(view: View, flushed: { readonly [node: NodeId]: number }): number;
  /** How many distinct nodes must have flushed a SET before it is answered. */
  copiesOfSet(liveNodes: number): number;
}

export const founderAuthority: Authority = {
  mayAppend: (view, self) => view.voters[0] === self,
  committedAt: (view, flushed) => flushed[view.voters[0] ?? ''] ?? 0,
  copiesOfSet: (liveNodes) => Math.min(3, liveNodes),
};
