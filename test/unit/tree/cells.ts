import { chartOf, type Mode } from '../../../src/actors/chart.ts';
import { PRESETS } from '../../../src/contract/limits.ts';
import type { Effect, Input, Moment, Organ, Outcome, Signal } from '../../../src/contract/organ.ts';
import type { Json, NodeId, TreeMap, View } from '../../../src/contract/words.ts';
import { type TreeFacts, treeOrgan } from '../../../src/organs/tree/index.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';

export const TREE = 'tree';

/** A view of one tree. `lives` are the incarnations of its members. */
export function viewOf(
  version: number,
  nodes: readonly NodeId[],
  fanout = 4,
  lives: Record<NodeId, number> = {},
): View {
  const slots = nodes.map((node) => ({ node, weight: 1, seed: node }));
  const map: TreeMap = { tree: TREE, genome: 'shardTree', fanout, version, slots };
  const members = nodes.map((node) => {
    const who = { node, spki: node, urls: [], zone: node, revoked: false };
    return [node, { ...who, incarnation: lives[node] ?? 1 }] as const;
  });
  const fence = { generation: 1, epoch: 1, version, hash: String(version), organism: 'o' };
  const rest = { voters: nodes.slice(0, 1), invitations: {}, config: {}, genomes: ['shardTree'] };
  return { ...fence, ...rest, members: Object.fromEntries(members), trees: { [TREE]: map } };
}

export interface Question {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly body: Json;
}

export interface Notice {
  readonly from: NodeId;
  readonly to: NodeId;
}

/** One cell's tree organ, stepped by hand: what it asks, tells and sets stays here until a test moves it on. */
export class TestCell {
  readonly id: NodeId;
  readonly organ: Organ<TreeFacts>;
  readonly questions: Question[] = [];
  readonly notices: Notice[] = [];
  readonly timers = new Map<string, number>();
  readonly edges: { parent: NodeId | null; children: readonly NodeId[] }[] = [];
  facts: TreeFacts;
  view: View | null = null;
  #mode: Mode;
  readonly #entropy;

  constructor(id: NodeId, seed: number | string = 1) {
    this.id = id;
    this.#entropy = seededEntropy(seed).fork(id);
    this.organ = treeOrgan({ self: id, tree: TREE, timing: PRESETS.lan });
    this.facts = this.organ.begin({} as never, this.#moment()).facts;
    this.#mode = chartOf(this.organ as never).initial;
  }

  get mode(): string {
    return this.#mode.name;
  }

  get parent(): NodeId | null {
    return this.facts.edge?.parent ?? null;
  }

  get children(): NodeId[] {
    return Object.keys(this.facts.children);
  }

  see(view: View): this {
    const previous = this.view ?? view;
    this.view = view;
    this.give('consensus.committed', { view, previous, records: [], proof: null });
    return this;
  }

  believe(node: NodeId, state: 'live' | 'suspect' | 'dead'): this {
    this.give('pulse.changed', { node, state });
    return this;
  }

  /** Lets a timer run out; false where it was not set. */
  fire(name: string): boolean {
    const isSet = this.timers.delete(name);
    if (isSet) this.give(name, undefined);
    return isSet;
  }

  /** The question is answered as another cell would: what the cell makes of it. */
  asked({ from, body }: Question): Outcome {
    const effects = this.give('tree.attach', body, from);
    for (const effect of effects) {
      if (effect.effect === 'reply') return { ok: true, body: effect.body };
      if (effect.effect === 'refuse') return { ok: false, code: effect.code };
    }
    throw new Error('a question was not answered');
  }

  answered({ to }: Question, outcome: Outcome): this {
    this.give('tree.answered', { to, tag: undefined, outcome });
    return this;
  }

  detached(from: NodeId): this {
    this.give('tree.detach', null, from);
    return this;
  }

  give(kind: string, body: unknown, from?: NodeId): readonly Effect[] {
    const handle = this.organ.receive[kind];
    if (handle === undefined) throw new Error(`nobody takes ${kind}`);
    const input = { kind, body, ...(from === undefined ? {} : { from }) } as Input<never>;
    const step = handle(this.facts, input, this.#moment());
    this.facts = step.facts;
    const effects = [...(step.effects ?? [])];
    const signals = [...(step.signals ?? [])];
    for (let at = 0; at < signals.length; at++) effects.push(...this.#signal(signals[at] as Signal, signals));
    for (const effect of effects) this.#perform(effect);
    return effects;
  }

  #signal(signal: Signal, signals: Signal[]): readonly Effect[] {
    const actions: string[] = [];
    this.#mode = chartOf(this.organ as never).step(this.#mode, signal, actions);
    return actions.flatMap((name) => {
      const step = this.organ.actions[name]?.(this.facts, signal, this.#moment());
      this.facts = step?.facts ?? this.facts;
      signals.push(...(step?.signals ?? []));
      return step?.effects ?? [];
    });
  }

  #perform(effect: Effect): void {
    if (effect.effect === 'ask') this.questions.push({ from: this.id, to: effect.to, body: effect.body });
    else if (effect.effect === 'tell') this.notices.push({ from: this.id, to: effect.to });
    else if (effect.effect === 'timer') this.timers.set(effect.name, effect.afterMs);
    else if (effect.effect === 'emit') this.edges.push(effect.body as { parent: NodeId | null; children: NodeId[] });
  }

  #moment(): Moment {
    return {
      now: 0,
      monotonic: 0,
      mode: this.#mode?.name ?? 'seeking',
      random: () => this.#entropy.float(),
      randomBytes: (length) => this.#entropy.bytes(length),
    };
  }
}

/** Cells that answer each other at once, except those that are down. */
export class Grove {
  readonly cells = new Map<NodeId, TestCell>();
  readonly down = new Set<NodeId>();

  constructor(...ids: readonly NodeId[]) {
    for (const id of ids) this.cells.set(id, new TestCell(id));
  }

  cell(id: NodeId): TestCell {
    const cell = this.cells.get(id);
    if (cell === undefined) throw new Error(`there is no cell '${id}'`);
    return cell;
  }

  see(view: View): this {
    for (const [id, cell] of this.cells) if (!this.down.has(id)) cell.see(view);
    return this;
  }

  /** Everybody's opinion of one cell, which is true. */
  believe(id: NodeId, state: 'live' | 'dead'): this {
    if (state === 'dead') this.down.add(id);
    else this.down.delete(id);
    for (const cell of this.#running()) if (cell.id !== id) cell.believe(id, state);
    return this;
  }

  /** Carries messages and lets timers run out until nothing happens any more but waiting for a home that is down. */
  settle(rounds = 60): this {
    for (let round = 0; round < rounds; round++) {
      this.#deliver();
      for (const cell of this.#running()) {
        cell.fire('tree.tryAgain');
        cell.fire('tree.goHome');
      }
    }
    this.#deliver();
    return this;
  }

  parents(): Record<NodeId, NodeId | null> {
    return Object.fromEntries(this.#running().map((cell) => [cell.id, cell.parent]));
  }

  #running(): TestCell[] {
    return [...this.cells.values()].filter(({ id }) => !this.down.has(id));
  }

  #deliver(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const cell of this.#running()) {
        for (const notice of cell.notices.splice(0))
          if (!this.down.has(notice.to)) this.cell(notice.to).detached(cell.id);
        for (const question of cell.questions.splice(0)) {
          busy = true;
          const lost: Outcome = { ok: false, code: 'unreachable' };
          cell.answered(question, this.down.has(question.to) ? lost : this.cell(question.to).asked(question));
        }
      }
    }
  }
}
