import { expect, it } from 'vitest';
import { organismIdOf, treeIdOf } from '../../../src/contract/encoding.ts';
import type { Entry, LogRecord } from '../../../src/contract/entries.ts';
import type { Member, NodeId, Proof, View } from '../../../src/contract/words.ts';
import { applyRecord } from '../../../src/organs/consensus/apply.ts';
import { charterClaim, nextRecord, proofClaim } from '../../../src/organs/consensus/records.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';
import { Annals } from '../../../src/runtime/simulation/annals.ts';
import type { Operation } from '../../../src/runtime/simulation/history.ts';
import { type Invariant, type Scene, Violation, type Watch } from '../../../src/runtime/simulation/invariant.ts';
import type { Happening, Observation } from '../../../src/runtime/simulation/observation.ts';
import { Reach } from '../../../src/runtime/simulation/reach.ts';
import type { SimNode } from '../../../src/runtime/simulation/sim-node.ts';
import { MemoryDisk } from '../../../src/runtime/store/memory.ts';

/** A node that is whatever a test wants it to be. */
export class Puppet {
  readonly index: number;
  readonly signer: ReturnType<typeof twinSigner>;
  readonly disk = new MemoryDisk();
  readonly log = { lines: [] as { event: string; fields: object }[], dropped: 0 };
  running = true;
  frozen = false;
  incarnation = 1;
  view: View | null = null;
  trees: readonly string[] = [];
  readonly modes: { [organ: string]: string } = {};
  readonly organs: { [organ: string]: unknown } = {};

  constructor(index: number) {
    this.index = index;
    this.signer = twinSigner(`puppet-${index}`);
  }

  get id(): NodeId {
    return this.signer.node;
  }

  facts<F>(organ: string): F | undefined {
    return this.organs[organ] as F | undefined;
  }

  mode(organ: string): string | undefined {
    return this.modes[organ];
  }

  get member(): Member {
    const { node, spki } = this.signer;
    return { node, spki, urls: [`memory://${this.index}`], zone: 'z', incarnation: this.incarnation, revoked: false };
  }
}

const operator = twinSigner('operator');
export const ORGANISM = organismIdOf(operator.spki, 'nonce');
export const TREE = treeIdOf(ORGANISM, 'notes');

/** Puppets, their log, and the one checker that looks at them. */
export class Stage {
  readonly nodes: readonly Puppet[];
  readonly operations: Operation[] = [];
  readonly spoilt = new Set<NodeId>();
  readonly retired = new Set<number>();
  readonly cuts = new Set<string>();
  readonly watch: Watch;
  readonly #annals = new Annals();
  readonly #reach: Reach;
  now = 0;
  view: View | null = null;

  constructor(invariant: Invariant, nodes = 3) {
    this.nodes = Array.from({ length: nodes }, (_, index) => new Puppet(index));
    this.#reach = new Reach(
      () => this.nodes,
      (from, to) => !this.cuts.has(`${from}>${to}`),
    );
    const stage = this;
    const scene: Scene = {
      nodes: this.nodes as unknown as readonly SimNode[],
      annals: this.#annals,
      reach: this.#reach,
      operations: this.operations,
      spoilt: this.spoilt,
      retired: this.retired,
      get now() {
        return stage.now;
      },
      violate: (detail) => {
        throw new Violation(invariant, detail, this.now);
      },
    };
    this.watch = invariant.watch(scene);
  }

  node(index: number): SimNode {
    return this.nodes[index] as unknown as SimNode;
  }

  puppet(index: number): Puppet {
    return this.nodes[index] as Puppet;
  }

  /** As the judge does it. */
  see(happening: Happening): void {
    const observation = { at: this.now, ...happening } as Observation;
    for (const annal of this.#annals.see(observation)) {
      this.reachChanged();
      this.watch.committed?.(annal);
    }
    this.watch.see?.(observation);
  }

  reachChanged(): void {
    const newest = this.#annals.newest;
    if (newest !== undefined) this.#reach.update(newest.after, this.now);
  }

  tell(index: number, kind: string, body: unknown): void {
    this.see({ what: 'told', node: this.node(index), event: { kind, body } });
  }

  call(operation: Pick<Operation, 'node' | 'kind' | 'key' | 'input'>): Operation {
    const called = {
      id: this.operations.length + 1,
      ...operation,
      calledAt: this.now,
      returnedAt: null,
      outcome: null,
    };
    this.operations.push(called);
    this.see({ what: 'called', operation: called });
    return called;
  }

  end(operation: Operation, outcome: NonNullable<Operation['outcome']>): void {
    const returned = { ...operation, returnedAt: this.now, outcome };
    this.operations[operation.id - 1] = returned;
    this.see({ what: 'returned', operation: returned });
  }

  // ---- The log -----------------------------------------------------------------------------------------------------

  /** Founds the organism at node 0 and gives everybody a slot, in their order. */
  found(): this {
    const claim = {
      type: 'FOUND' as const,
      founder: this.puppet(0).member,
      genomes: [{ genome: 'notes', fanout: 2, weight: 1, seed: 's' }],
      config: {},
      operator: operator.spki,
      nonce: 'nonce',
    };
    this.commit({ ...claim, charter: operator.sign('organism-key', charterClaim(claim)) });
    for (const [index, puppet] of this.nodes.entries()) if (index > 0) this.commit(this.joinOf(puppet, index + 1));
    return this;
  }

  joinOf(puppet: Puppet, slot: number): Entry {
    const places = [{ tree: TREE, slot, weight: 1, seed: `${puppet.index}` }];
    return { type: 'JOIN', joins: [{ member: puppet.member, places, invitation: null }] };
  }

  /** An entry that follows the last, on the disk of the voters, proven and told by `by`. */
  commit(entry: Entry, { by = 0, signers = [0] }: { by?: number; signers?: readonly number[] } = {}): LogRecord {
    const record = nextRecord(this.view, entry, 1, this.now);
    const { view } = applyRecord(this.view, record);
    const previous = this.view ?? view;
    this.view = view;
    this.puppet(0)
      .disk.table('log')
      .set(String(record.index).padStart(12, '0'), record as never);
    this.puppet(by).view = view;
    this.tell(by, 'consensus.committed', { view, previous, records: [record], proof: this.proofOf(view, signers) });
    return record;
  }

  proofOf({ generation, epoch, version, hash }: View, signers: readonly number[]): Proof {
    const claim = { organism: ORGANISM, generation, epoch, version, hash };
    const bytes = proofClaim(claim);
    const signatures = signers.map((index) => {
      const { signer } = this.puppet(index);
      this.see({ what: 'signed', node: this.node(index), domain: 'view', text: Buffer.from(bytes).toString() });
      return { node: signer.node, signature: signer.sign('view', bytes) };
    });
    return { ...claim, signatures };
  }
}

/**
 * A checker that can't fail proves nothing: `act` is a violation, planted on a stage that was sound before, and must be
 * found, by name and for the reason given.
 */
export function itCatches(
  invariant: Invariant,
  what: string,
  reason: RegExp,
  act: (stage: Stage) => void,
  nodes = 3,
): void {
  it(`${invariant.name} catches ${what}`, () => {
    const stage = new Stage(invariant, nodes);
    let caught: unknown;
    try {
      act(stage);
      stage.watch.sweep?.();
      stage.watch.conclude?.();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Violation);
    expect((caught as Violation).invariant).toBe(invariant.name);
    expect((caught as Violation).detail).toMatch(reason);
  });
}

/** And one that is never content is no better. */
export function itLets(invariant: Invariant, what: string, act: (stage: Stage) => void, nodes = 3): void {
  it(`${invariant.name} lets ${what} pass`, () => {
    const stage = new Stage(invariant, nodes);
    act(stage);
    stage.watch.sweep?.();
    stage.watch.conclude?.();
  });
}
