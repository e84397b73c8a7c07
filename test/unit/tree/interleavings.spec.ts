import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { NodeId, View } from '../../../src/contract/words.ts';
import { type Notice, type Question, TestCell, viewOf } from './cells.ts';

type Flying =
  | { readonly what: 'question'; readonly question: Question }
  | { readonly what: 'answer'; readonly question: Question; readonly outcome: Outcome }
  | { readonly what: 'notice'; readonly notice: Notice };

type Flight = { readonly do: 'deliver' | 'lose'; readonly pick: number };
type Life =
  | { readonly do: 'see'; readonly cell: number }
  | { readonly do: 'fire'; readonly cell: number }
  | { readonly do: 'restart'; readonly cell: number }
  | { readonly do: 'believe'; readonly cell: number; readonly other: number; readonly live: boolean };
type Event = Flight | Life;

/**
 * Cells whose messages are delivered in any order, late or not at all, who see newer maps whenever they like, believe
 * anything of each other, and forget everything when they restart.
 */
class Chaos {
  readonly cells: TestCell[];
  readonly #history: readonly View[];
  readonly #seen: number[];
  readonly #flying: Flying[] = [];
  /** How often each has started. */
  readonly #lives: Record<NodeId, number> = {};

  constructor(history: readonly View[], nodes: readonly NodeId[]) {
    this.#history = history;
    this.cells = nodes.map((node) => new TestCell(node));
    this.#seen = nodes.map(() => 0);
    for (const cell of this.cells) cell.see(history[0] as View);
    this.#collect();
  }

  run(event: Event): void {
    if ('pick' in event) this.#fly(event.pick, event.do === 'deliver');
    else this.#live(event);
    this.#collect();
  }

  /** Everybody sees the last map and who has restarted, and is heard by all; no message is lost any more. */
  calmDown(): void {
    const { version, trees } = this.#history.at(-1) as View;
    const map = Object.values(trees)[0];
    const nodes = map?.slots.map(({ node }) => node) ?? [];
    for (const cell of this.cells) {
      cell.see(viewOf(version, nodes, map?.fanout, this.#lives));
      for (const other of this.cells) if (other !== cell) cell.believe(other.id, 'live');
    }
    for (let round = 0; round < 80; round++) {
      this.#collect();
      while (this.#flying.length > 0) this.#fly(0, true);
      for (const cell of this.cells) {
        cell.fire('tree.tryAgain');
        cell.fire('tree.goHome');
        this.#collect();
      }
    }
  }

  /** Cells on a way up that leads back to where it began. */
  cycle(): NodeId[] {
    const parents = new Map(this.cells.map((cell) => [cell.id, cell.parent]));
    for (const { id } of this.cells) {
      const way = [id];
      for (let up = parents.get(id) ?? null; up !== null; up = parents.get(up) ?? null) {
        if (way.includes(up)) return [...way, up];
        way.push(up);
      }
    }
    return [];
  }

  #live(event: Life): void {
    const at = event.cell % this.cells.length;
    const cell = this.cells[at] as TestCell;
    if (event.do === 'fire') {
      cell.fire('tree.tryAgain');
      cell.fire('tree.goHome');
    } else if (event.do === 'see') {
      this.#seen[at] = Math.min((this.#seen[at] ?? 0) + 1, this.#history.length - 1);
      cell.see(this.#history[this.#seen[at] ?? 0] as View);
    } else if (event.do === 'restart') {
      this.#lives[cell.id] = (this.#lives[cell.id] ?? 1) + 1;
      // Its view is on its disk; the edges it had are forgotten, and its questions are nobody's any more.
      const again = new TestCell(cell.id, `${event.cell}`).see(this.#history[this.#seen[at] ?? 0] as View);
      this.cells[at] = again;
      this.#flying.splice(0, Number.POSITIVE_INFINITY, ...this.#flying.filter((one) => ownerOf(one) !== cell.id));
    } else {
      const other = this.cells[event.other % this.cells.length] as TestCell;
      if (other !== cell) cell.believe(other.id, event.live ? 'live' : 'dead');
    }
  }

  #fly(pick: number, arrives: boolean): void {
    const [one] = this.#flying.splice(pick % Math.max(1, this.#flying.length), 1);
    if (one === undefined) return;
    if (one.what === 'notice') {
      if (arrives) this.#cell(one.notice.to)?.detached(one.notice.from);
      return;
    }
    const lost: Outcome = { ok: false, code: 'deadline' };
    if (one.what === 'answer') {
      this.#cell(one.question.from)?.answered(one.question, arrives ? one.outcome : lost);
      return;
    }
    const outcome = arrives ? (this.#cell(one.question.to)?.asked(one.question) ?? lost) : lost;
    this.#flying.push({ what: 'answer', question: one.question, outcome });
  }

  #cell(id: NodeId): TestCell | undefined {
    return this.cells.find((cell) => cell.id === id);
  }

  #collect(): void {
    for (const cell of this.cells) {
      for (const question of cell.questions.splice(0)) this.#flying.push({ what: 'question', question });
      for (const notice of cell.notices.splice(0)) this.#flying.push({ what: 'notice', notice });
    }
  }
}

function ownerOf(one: Flying): NodeId | undefined {
  return one.what === 'notice' ? undefined : one.question.from;
}

const NODES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const index = fc.nat({ max: 99 });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), pick: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), pick: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('see' as const), cell: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fire' as const), cell: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), cell: index }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('believe' as const), cell: index, other: index, live: fc.boolean() }),
  },
);

/** Maps of the same cells in ever other orders, some of them out of their slots for a while. */
const histories = fc.record({
  fanout: fc.integer({ min: 1, max: 3 }),
  orders: fc.array(fc.shuffledSubarray(NODES, { minLength: 4 }), { minLength: 1, maxLength: 5 }),
  last: fc.shuffledSubarray(NODES, { minLength: NODES.length }),
});

function chaosOf({ fanout, orders, last }: { fanout: number; orders: string[][]; last: string[] }): Chaos {
  const history = [...orders, last].map((order, at) => viewOf(at + 1, order, fanout));
  return new Chaos(history, NODES);
}

describe('whatever happens in whatever order', () => {
  it('the way up never leads back to where it began, and nobody serves more than it may', () => {
    fc.assert(
      fc.property(histories, fc.array(event, { minLength: 40, maxLength: 160 }), (history, events) => {
        const chaos = chaosOf(history);
        for (const one of events) {
          chaos.run(one);
          const cycle = chaos.cycle();
          if (cycle.length > 0) expect.fail(`${cycle.join(' -> ')} after ${JSON.stringify(one)}`);
        }
        const most = Math.max(...chaos.cells.map((cell) => cell.children.length));
        expect(most).toBeLessThanOrEqual(history.fanout + LIMITS.adoptionExtra);
      }),
      { numRuns: 150 },
    );
  });

  it('everybody finds home once it is calm', () => {
    fc.assert(
      fc.property(histories, fc.array(event, { maxLength: 80 }), (history, events) => {
        const chaos = chaosOf(history);
        for (const one of events) chaos.run(one);
        chaos.calmDown();
        const home = (slot: number): NodeId | null =>
          slot === 1 ? null : (history.last[Math.floor((slot - 2) / history.fanout)] ?? null);
        for (const cell of chaos.cells) {
          expect([cell.id, cell.parent, cell.mode]).toEqual([cell.id, home(cell.facts.slot), 'placed']);
          const parent = chaos.cells.find(({ id }) => id === cell.parent);
          if (parent !== undefined) expect(parent.children).toContain(cell.id);
        }
      }),
      { numRuns: 60 },
    );
  });
});
