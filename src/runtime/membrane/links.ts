import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { NodeId } from '../../contract/words.ts';

/** Which nodes of a simulated network reach each other, and what waits on links that are held. Both ways alike. */
export class Links {
  readonly #held = new Map<string, (() => void)[]>();
  #groups: ReadonlyMap<NodeId, number> | undefined;

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

  /** Nodes of different groups don't reach each other; all that no group names are one more group. */
  partition(groups: readonly (readonly NodeId[])[]): void {
    this.#groups = new Map(groups.flatMap((group, index) => group.map((node) => [node, index] as const)));
  }

  /** Ends the partition and releases every link. */
  repair(): void {
    this.#groups = undefined;
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const arrive of held.flat()) arrive();
  }

  connects(a: NodeId, b: NodeId): boolean {
    return this.#groups === undefined || this.#groups.get(a) === this.#groups.get(b);
  }

  /** Lets something arrive, keeps it on a held link, or loses it in a partition. */
  cross(from: NodeId, to: NodeId, arrive: () => void): void {
    if (!this.connects(from, to)) return;
    const kept = this.#held.get(linkOf(from, to));
    if (kept === undefined) arrive();
    else if (kept.length < LIMITS.linkHeldMax) kept.push(arrive);
    else throw new Fault('internal', `a held link of the simulation keeps more than ${LIMITS.linkHeldMax} deliveries`);
  }
}

function linkOf(a: NodeId, b: NodeId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
