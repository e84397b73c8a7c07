import type { JsonObject } from '../../../contract/words.ts';
import type { SeededEntropy } from '../../entropy/seeded.ts';
import type { Guard } from '../guard.ts';
import type { World } from '../world.ts';

/** One kind of fault: what it is called by the plans, how one is drawn, and what it does to a world. */
export interface FaultKind<P> {
  /** For people, as a sentence. */
  readonly meaning: string;
  /** JSON Schema of each parameter; a name that ends with `?` may be left out. */
  readonly params: { readonly [name: string]: JsonObject };
  /** How long one lasts when it is drawn, milliseconds. */
  readonly lastsMs: readonly [min: number, max: number];
  draw(dice: Dice): P;
  /**
   * Begins it. The guard ends it.
   *
   * @param label names the stream of what it draws itself
   * @returns undefined where it is not possible at the moment, or the fault model doesn't allow it
   */
  strike(world: World, params: P, label: string): Guard | undefined;
}

/** Draws the parameters of faults, for a world whose state nobody knows yet. */
export class Dice {
  /** Nodes of the world when faults begin. */
  readonly cells: number;
  /** The one node whose disk may lose what it promised: of three copies one may rot, not two. Never the founder. */
  readonly fragile: number;
  readonly #entropy: SeededEntropy;

  constructor(entropy: SeededEntropy, cells: number) {
    this.#entropy = entropy;
    this.cells = cells;
    this.fragile = cells > 1 ? 1 + this.below(cells - 1) : 0;
  }

  float(): number {
    return this.#entropy.float();
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.float() * limit);
  }

  /** A whole number with both ends included, small ones as likely as large ones: each doubling has the same share. */
  between(min: number, max: number): number {
    return Math.round(min * (max / min) ** this.float());
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  node(): number {
    return this.below(this.cells);
  }

  /** Some of the nodes, at least one and never all. */
  someNodes(): number[] {
    const share = this.pick([0.15, 0.3, 0.5]);
    const some = Array.from({ length: this.cells }, (_, index) => index).filter(() => this.chance(share));
    return some.length === 0 || some.length === this.cells ? [this.node()] : some;
  }

  /** Two different nodes; the same one twice in a world of one. */
  pair(): [number, number] {
    const first = this.node();
    return [first, (first + 1 + this.below(Math.max(1, this.cells - 1))) % this.cells];
  }
}
