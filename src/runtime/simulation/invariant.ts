import type { NodeId } from '../../contract/words.ts';
import type { Annal, Annals } from './annals.ts';
import type { Operation } from './history.ts';
import type { Observation } from './observation.ts';
import type { Reach } from './reach.ts';
import type { SimNode } from './sim-node.ts';

/** A node, as far as checkers look at it. */
export type Subject = Pick<
  SimNode,
  | 'index'
  | 'id'
  | 'running'
  | 'frozen'
  | 'incarnation'
  | 'view'
  | 'trees'
  | 'facts'
  | 'mode'
  | 'disk'
  | 'signer'
  | 'log'
>;

/** What checkers know of a run. */
export interface Scene {
  readonly nodes: readonly Subject[];
  readonly annals: Annals;
  readonly reach: Reach;
  /** What clients asked, in the order of their calls. */
  readonly operations: readonly Operation[];
  /** Nodes whose disks have lost what they had promised. */
  readonly spoilt: ReadonlySet<NodeId>;
  /** Nodes that are not to come back, by their numbers. */
  readonly retired: ReadonlySet<number>;
  readonly now: number;
  /** Says that the invariant doesn't hold. @throws Violation always */
  violate(detail: string): never;
}

/** One run's watch over one invariant. All that it does is to look; where it sees a breach it calls `violate`. */
export interface Watch {
  /** Something happened: what it touched is looked at. */
  see?(observation: Observation): void;
  /** An entry was committed, each in its turn. */
  committed?(annal: Annal): void;
  /** Everything is looked at anew: every 1,000 events, and at the end. */
  sweep?(): void;
  /** Faults have stopped, and the organism has had its time to heal. */
  conclude?(): void;
}

/** Something that must hold in every run. */
export interface Invariant {
  /** Kebab-case; what a failing run names. */
  readonly name: string;
  /** One sentence, as docs/invariants.md has it. */
  readonly promise: string;
  /** How it is looked at, and what is no breach of it. */
  readonly how: string;
  /** `always`: a breach is one of correctness. `in the end`: once faults have stopped, a breach is one of liveness. */
  readonly holds: 'always' | 'in the end';
  watch(scene: Scene): Watch;
}

/** What an invariant says that doesn't hold. */
export class Violation extends Error {
  readonly invariant: string;
  readonly holds: Invariant['holds'];
  readonly detail: string;
  /** Virtual milliseconds. */
  readonly at: number;

  constructor({ name, holds }: Pick<Invariant, 'name' | 'holds'>, detail: string, at: number) {
    super(`${name}: ${detail}`);
    this.name = 'Violation';
    this.invariant = name;
    this.holds = holds;
    this.detail = detail;
    this.at = at;
  }
}
