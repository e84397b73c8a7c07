import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { NodeId } from '../../contract/words.ts';

/** Whether what goes from one node to another is lost. */
export type Cut = (from: NodeId, to: NodeId) => boolean;

/** Which nodes of a simulated network reach each other, and what waits on links that are held. */
export class Links {
  readonly #held = new Map<string, (() => void)[]>();
  readonly #cuts = new Set<Cut>();

  hold(a: NodeId, b: NodeId): void {
    const link = linkOf(a, b);
    if (!this.#held.has(link)) this.#held.set(link, []);
  }

  /** What was kept arrives now, in the order in which it would have. */
  release(a: NodeId, b: NodeId): void {
    const link = linkOf(a, b);
    const kept = this.#held.get(link) ?? [];
    this.#held.delete(link);
    for (const arrive of kept) arrive();
  }

  /** Nodes of different groups don't reach each other; all that no group names are one more group. What is returned ends it. */
  partition(groups: readonly (readonly NodeId[])[]): () => void {
    const of = new Map(groups.flatMap((group, index) => group.map((node) => [node, index] as const)));
    return this.cut((from, to) => of.get(from) !== of.get(to));
  }

  /** Several cuts may overlap. What is returned ends this one. */
  cut(cut: Cut): () => void {
    this.#cuts.add(cut);
    return () => void this.#cuts.delete(cut);
  }

  /** Ends every cut and releases every link. */
  repair(): void {
    this.#cuts.clear();
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const arrive of held.flat()) arrive();
  }

  connects(from: NodeId, to: NodeId): boolean {
    for (const cut of this.#cuts) if (cut(from, to)) return false;
    return true;
  }

  /** Lets something arrive, keeps it on a held link, or loses it on a link that is cut. */
  cross(from: NodeId, to: NodeId, arrive: () => void): void {
    if (!this.connects(from, to)) return;
    const kept = this.#held.size === 0 ? undefined : this.#held.get(linkOf(from, to));
    if (kept === undefined) arrive();
    else if (kept.length < LIMITS.linkHeldMax) kept.push(arrive);
    else throw new Fault('internal', `a held link of the simulation keeps more than ${LIMITS.linkHeldMax} deliveries`);
  }
}

function linkOf(a: NodeId, b: NodeId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
