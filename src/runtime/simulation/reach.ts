import type { NodeId } from '../../contract/words.ts';
import { isMajority, type Model } from './model.ts';

/** What a node must be able to tell of itself and its links. */
export interface Reachable {
  readonly index: number;
  readonly id: NodeId;
  readonly running: boolean;
}

/**
 * Since when a node has been without a majority of voters in its fragment. Links that only lose, delay or hold what they
 * carry count as good, and a frozen process as one that may act: what is said here of a fragment is always true, but it
 * isn't all that is true.
 */
export class Reach {
  readonly #nodes: () => readonly Reachable[];
  readonly #connects: (from: NodeId, to: NodeId) => boolean;
  readonly #cutOffSince = new Map<number, number>();

  constructor(nodes: () => readonly Reachable[], connects: (from: NodeId, to: NodeId) => boolean) {
    this.#nodes = nodes;
    this.#connects = connects;
  }

  /** Links, processes or voters have changed. */
  update(electorate: Pick<Model, 'voters' | 'leaving'>, at: number): void {
    for (const fragment of this.#fragments()) {
      const able = isMajority(electorate, new Set(fragment.map(({ id }) => id)));
      for (const { index } of fragment) {
        if (able) this.#cutOffSince.delete(index);
        else if (!this.#cutOffSince.has(index)) this.#cutOffSince.set(index, at);
      }
    }
  }

  /** Undefined where a majority may be within its reach. */
  cutOffSince(index: number): number | undefined {
    return this.#cutOffSince.get(index);
  }

  /** Nodes between which something can get from each to each, by way of others too. */
  #fragments(): Reachable[][] {
    const left = new Set(this.#nodes().filter(({ running }) => running));
    const fragments: Reachable[][] = [];
    for (const first of left) {
      const fragment = [first];
      left.delete(first);
      for (const node of fragment) {
        for (const other of left) {
          if (!this.#connects(node.id, other.id) && !this.#connects(other.id, node.id)) continue;
          left.delete(other);
          fragment.push(other);
        }
      }
      fragments.push(fragment);
    }
    return fragments;
  }
}
