import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/contract/words.ts';
import { Chorus, type Heard } from './chorus.ts';

const NODES = 9;

/** What may happen between two messages. Node 1 keeps the log: who commits it is not the subject here. */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('tell' as const), by: fc.nat(NODES - 1), total: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), island: fc.subarray(range(NODES)) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), share: fc.constantFrom(0, 0.1, 0.3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('bounce' as const), who: fc.integer({ min: 1, max: NODES - 1 }) }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** A life of a cell: where in the stage's record it begins. */
interface Life {
  readonly node: NodeId;
  readonly since: number;
}

class Play {
  readonly chorus: Chorus;
  /** By body: who told it, in which life, and whether that life went on to the end. */
  readonly told = new Map<number, { readonly by: NodeId; readonly life: number; readonly total: boolean }>();
  readonly lives: Life[];
  readonly #life = new Map<NodeId, number>();

  constructor(seed: number) {
    this.chorus = new Chorus({ nodes: NODES, seed });
    this.lives = this.chorus.nodes.map((node) => ({ node, since: 0 }));
  }

  lifeOf(node: NodeId): number {
    return this.#life.get(node) ?? 1;
  }

  async run(actions: readonly Action[]): Promise<void> {
    for (const one of actions) await this.act(one);
    this.chorus.stage.loss = 0;
    this.heal();
    await this.chorus.pass(60_000);
  }

  async act(one: Action): Promise<void> {
    const { chorus } = this;
    if (one.do === 'pass') await chorus.pass(one.ms);
    else if (one.do === 'lose') chorus.stage.loss = one.share;
    else if (one.do === 'heal') this.heal();
    else if (one.do === 'cut') {
      const island = new Set(one.island.map((index) => chorus.nodes[index]));
      chorus.stage.link = (from, to) => island.has(from) === island.has(to);
    } else if (one.do === 'bounce') await this.bounce(chorus.nodes[one.who] as NodeId);
    else {
      const by = chorus.nodes[one.by] as NodeId;
      const body = this.told.size;
      this.told.set(body, { by, life: this.lifeOf(by), total: one.total });
      chorus.tell(by, body, { order: one.total ? 'total' : 'origin', confirm: false });
    }
  }

  heal(): void {
    this.chorus.stage.link = () => true;
    for (const node of this.chorus.nodes) this.chorus.catchUp(node);
  }

  async bounce(node: NodeId): Promise<void> {
    const { chorus } = this;
    const store = chorus.stage.storeOf(node);
    chorus.stage.crash(node, 'refusing');
    await chorus.pass(500);
    this.#life.set(node, this.lifeOf(node) + 1);
    this.lives.push({ node, since: chorus.stage.told.length });
    chorus.start(node, this.lifeOf(node), store);
  }

  /** What each life of each cell was told. */
  heard({ node, since }: Life): Heard[] {
    const next = this.lives.find((later) => later.node === node && later.since > since);
    const all = this.chorus.messages(node, since);
    return next === undefined ? all : all.slice(0, all.length - this.chorus.messages(node, next.since).length);
  }
}

const plays = fc.record({ seed: fc.nat(100_000), actions: fc.array(action, { minLength: 5, maxLength: 30 }) });
const RUNS = { numRuns: 15, seed: 20_251_122 };

describe('whatever is lost, cut off or crashes between any two messages', () => {
  it('each life of a cell is told what was told, once, in the order of each author and of the log', async () => {
    await fc.assert(
      fc.asyncProperty(plays, async ({ seed, actions }) => {
        const play = new Play(seed);
        await play.run(actions);
        const places = new Map<number, unknown>();
        for (const life of play.lives) {
          const last = new Map<string, number>();
          for (const { body, origin, number, order } of play.heard(life)) {
            const told = play.told.get(body as number);
            expect(told).toMatchObject({ by: origin, total: order === 'total' });
            const line = order === 'total' ? order : `${origin}/${told?.life}`;
            expect(number).toBeGreaterThan(last.get(line) ?? 0);
            last.set(line, number);
            if (order === 'total') expect(places.get(number) ?? body).toBe(body);
            if (order === 'total') places.set(number, body);
          }
        }
      }),
      RUNS,
    );
  });

  it('all cells have heard the same in the end, of every author that lives and of everything ordered', async () => {
    await fc.assert(
      fc.asyncProperty(plays, async ({ seed, actions }) => {
        const play = new Play(seed);
        await play.run(actions);
        const { chorus } = play;
        const ordered = chorus.ordered().length;
        const missed = chorus.stage.warned.filter((event) => event === 'broadcast.missed').length;
        const expected = [...play.told].filter(([, { by, life, total }]) => !total && play.lifeOf(by) === life);
        for (const node of chorus.nodes) {
          const life = play.lives.findLast((one) => one.node === node) as Life;
          const heard = play.heard(life);
          const bodies = new Set(heard.map(({ body }) => body));
          for (const [body] of expected) expect(bodies).toContain(body);
          // What the log ordered is only missed where its author died with it, and that is said.
          const inOrder = heard.filter(({ order }) => order === 'total').length;
          if (missed === 0) expect(inOrder).toBe(ordered);
        }
      }),
      RUNS,
    );
  });
});
