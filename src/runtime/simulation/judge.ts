import { Annals } from './annals.ts';
import { INVARIANTS } from './checkers/catalogue.ts';
import type { Operation } from './history.ts';
import { type Invariant, type Scene, Violation, type Watch } from './invariant.ts';
import type { Observation } from './observation.ts';
import { Reach } from './reach.ts';
import type { World } from './world.ts';

/** Events between two looks at everything. */
const SWEEP_EVERY = 1_000;

/**
 * Holds a world to the invariants: incrementally, by what each event touched, and as a whole now and then. The first
 * breach comes out of the world's `advance`, as a `Violation`.
 *
 * @example
 * const world = await World.grow({ seed: 7 })
 * const judge = new Judge(world)
 * world.observe((observation) => judge.see(observation))
 */
export class Judge {
  readonly #world: World;
  readonly #annals = new Annals();
  readonly #reach: Reach;
  readonly #spoilt = new Set<string>();
  readonly #watches: readonly { readonly invariant: Invariant; readonly watch: Watch }[];
  #sweptAt = 0;

  /** @param operations what clients asked: a list that grows */
  constructor(world: World, operations: readonly Operation[] = [], invariants: readonly Invariant[] = INVARIANTS) {
    this.#world = world;
    this.#reach = new Reach(
      () => world.nodes,
      (from, to) => world.network.connects(from, to),
    );
    this.#watches = invariants.map((invariant) => ({
      invariant,
      watch: invariant.watch(this.#sceneFor(invariant, operations)),
    }));
  }

  see(observation: Observation): void {
    this.#prepare(observation);
    for (const annal of this.#annals.see(observation)) {
      if (annal.record.entry.type === 'VOTERS' || annal.record.entry.type === 'FOUND') this.#updateReach();
      for (const { watch } of this.#watches) watch.committed?.(annal);
    }
    for (const { watch } of this.#watches) watch.see?.(observation);
    if (this.#world.clock.eventsRun - this.#sweptAt >= SWEEP_EVERY) this.sweep();
  }

  /** Looks at everything. @throws Violation */
  sweep(): void {
    this.#sweptAt = this.#world.clock.eventsRun;
    for (const { watch } of this.#watches) watch.sweep?.();
  }

  /** Looks at what must hold once the organism has healed. @throws Violation */
  conclude(): void {
    for (const { watch } of this.#watches) watch.conclude?.();
  }

  #prepare(observation: Observation): void {
    if (observation.what === 'started' && observation.disk !== 'first' && observation.disk !== 'same')
      this.#spoilt.add(observation.node.id);
    if (observation.what === 'started' || observation.what === 'stopped' || observation.what === 'linked')
      this.#updateReach();
  }

  #updateReach(): void {
    const newest = this.#annals.newest;
    if (newest !== undefined) this.#reach.update(newest.after, this.#world.now);
  }

  #sceneFor(invariant: Invariant, operations: readonly Operation[]): Scene {
    const world = this.#world;
    return {
      get nodes() {
        return world.nodes;
      },
      annals: this.#annals,
      reach: this.#reach,
      operations,
      spoilt: this.#spoilt,
      retired: world.retired,
      get now() {
        return world.now;
      },
      violate: (detail) => {
        throw new Violation(invariant, detail, world.now);
      },
    };
  }
}
