import { type Genome, parseGenome } from '../../src/actors/genome.ts';
import type { CatalogueService } from '../../src/contract/catalogue.ts';
import { isFault } from '../../src/contract/errors.ts';
import type { NodeId, View } from '../../src/contract/words.ts';
import { placed } from '../../src/organs/keeper/placing.ts';
import { type SeededEntropy, seededEntropy } from '../../src/runtime/entropy/seeded.ts';
import {
  type Interval,
  linearize,
  type SequentialModel,
} from '../../src/runtime/simulation/linearizability/linearize.ts';
import { World } from '../../src/runtime/simulation/world.ts';

/** Counters that people add to, each of which tells a sum of all what was added. */
const COUNTERS = `
genome: counters
version: 1.0.0
organs:
  counters:
    kind: entity
    key: event.id
    context: { total: 0 }
    events: { add: { id: string, by: integer }, read: { id: string } }
    machine:
      initial: counting
      on: { read: { reply: { total: context.total } } }
      states:
        counting:
          on:
            add:
              assign: { total: context.total + event.by }
              reply: { total: context.total }
              emit: { to: sums.add, with: { id: '"all"', by: event.by } }
  sums:
    kind: entity
    key: event.id
    context: { total: 0 }
    events: { add: { id: string, by: integer }, read: { id: string } }
    machine:
      initial: counting
      on: { read: { reply: { total: context.total } } }
      states: { counting: { on: { add: { assign: { total: context.total + event.by } } } } }
receptors:
  add: { post: '/counters/{id}', to: counters.add }
  read: { get: '/counters/{id}', to: counters.read }
  sum: { get: '/sums/{id}', to: sums.read }
`;

type CounterInput =
  | { readonly do: 'add'; readonly by: number; readonly total: number | null }
  | { readonly do: 'read'; readonly total: number };

/** A counter as it should behave: one operation at a time. */
export const counterModel: SequentialModel<number, CounterInput> = {
  initial: 0,
  step: (total, input) => {
    const next = input.do === 'add' ? total + input.by : total;
    return input.total === null || input.total === next ? next : undefined;
  },
  keyOf: String,
};

export interface GenomeTrialReport {
  readonly answered: number;
  /** Operations of which nobody knows what became of them. */
  readonly unknown: number;
  /** Why the run is wrong; empty where it is right. */
  readonly flaws: readonly string[];
}

const NODES = 3;
const KEYS = ['a', 'b'];
const CLIENTS = 3;
const LOAD_MS = 4_000;
const QUIET_MS = 6_000;
let genome: Promise<Genome> | undefined;

/**
 * Three cells, a few clients, a partition around the cell that works on a counter, and its crash: each counter must have been
 * one that takes one operation at a time, and the sum of all must have heard of every addition exactly once.
 */
export async function runGenomeTrial(seed: number): Promise<GenomeTrialReport> {
  genome ??= parseGenome(COUNTERS, 'counters.genome.yaml');
  const world = await World.grow({ seed, nodes: NODES, genomes: [await genome], preset: 'local', mode: 'sealed' });
  await world.advance(500);
  const draw = seededEntropy(seed).fork('clients');
  const history = new Map<string, Interval<CounterInput>[]>(KEYS.map((key) => [key, []]));
  const clients = Array.from({ length: CLIENTS }, () => client(world, draw, history));
  await strike(world, draw);
  await world.run(Promise.all(clients));
  world.repair();
  await world.untilWhole(30_000);
  await world.advance(QUIET_MS);
  return judge(world, history);
}

const catalogueAt = (world: World, index: number): CatalogueService | undefined =>
  world.at(index).running ? world.node(index).cells[0]?.catalogue : undefined;

async function client(
  world: World,
  draw: SeededEntropy,
  history: Map<string, Interval<CounterInput>[]>,
): Promise<void> {
  for (const until = world.now + LOAD_MS; world.now < until; ) {
    await new Promise<void>((resolve) => world.clock.schedule(20 + draw.float() * 120, resolve));
    const catalogue = catalogueAt(world, Math.floor(draw.float() * NODES));
    const key = KEYS[Math.floor(draw.float() * KEYS.length)] ?? 'a';
    const by = draw.float() < 0.6 ? 1 + Math.floor(draw.float() * 9) : 0;
    if (catalogue === undefined) continue;
    const intervals = history.get(key) ?? [];
    const calledAt = world.now;
    const intention: CounterInput = { do: 'add', by, total: null };
    // A call that dies with its process never settles: until it does, nobody knows what becomes of it.
    const place = by === 0 ? -1 : intervals.push({ input: intention, calledAt, returnedAt: null }) - 1;
    const asked =
      by === 0
        ? catalogue.ask({ organ: 'counters', verb: 'read', body: { id: key } })
        : catalogue.ask({ organ: 'counters', verb: 'add', body: { id: key, by } });
    const answer = await Promise.race([asked.catch(expected), patience(world)]);
    if (answer === undefined) continue;
    const { total } = answer as { total: number };
    const returned = { calledAt, returnedAt: world.now };
    if (by === 0) intervals.push({ input: { do: 'read', total }, ...returned });
    else intervals[place] = { input: { do: 'add', by, total }, ...returned };
  }
}

function expected(error: unknown): undefined {
  if (!isFault(error)) throw error;
}

function patience(world: World): Promise<undefined> {
  return new Promise((resolve) => world.clock.schedule(7_000, () => resolve(undefined)));
}

/** First the cell that works on a counter is cut off from the others, then it dies, and comes back. */
async function strike(world: World, draw: SeededEntropy): Promise<void> {
  await world.advance(300 + draw.float() * 400);
  const cut = world.partition([ownerOf(world)]);
  // Some last until the others have given the cell up and gone on without it: then it must answer nothing old.
  const isLong = draw.float() < 0.3;
  await world.advance(isLong ? 3_500 : 200 + draw.float() * 900);
  cut.dispose();
  await world.advance(draw.float() * 500);
  const owner = ownerOf(world);
  world.crash(owner, draw.float() < 0.5 ? 'crash' : 'power');
  await world.advance(300 + draw.float() * 700);
  await world.restart(owner);
}

function ownerOf(world: World): number {
  const { view, trees } = world.running.find((node) => node.view !== null) ?? world.at(0);
  const [tree = ''] = trees;
  const all = {
    tree,
    self: '' as NodeId,
    view: () => view as View,
    alive: (node: NodeId) => world.at(world.indexOf(node)).running,
  };
  return world.indexOf(placed(all, 'e/counters/a') ?? '');
}

async function judge(world: World, history: Map<string, Interval<CounterInput>[]>): Promise<GenomeTrialReport> {
  const flaws: string[] = [];
  let totals = 0;
  for (const [key, intervals] of history) {
    const verdict = linearize(counterModel, intervals);
    if (verdict.verdict !== 'possible') flaws.push(`${key}: ${JSON.stringify(verdict)}`);
    totals += await totalAt(world, 'counters', key);
  }
  const sum = await totalAt(world, 'sums', 'all');
  if (sum !== totals) flaws.push(`the counters are at ${totals}, their sum has heard of ${sum}`);
  const operations = [...history.values()].flat();
  const unknown = operations.filter(({ returnedAt }) => returnedAt === null).length;
  return { answered: operations.length - unknown, unknown, flaws };
}

async function totalAt(world: World, organ: string, id: string): Promise<number> {
  const answer = await world.run(
    catalogueAt(world, 0)?.ask({ organ, verb: 'read', body: { id } }) ?? Promise.resolve(null),
  );
  return (answer as { total: number }).total;
}
