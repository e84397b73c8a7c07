import { beforeAll, describe, expect, it } from 'vitest';
import { seededEntropy } from '../../src/runtime/entropy/seeded.ts';
import { filesReadBack } from '../../src/runtime/simulation/epilogue/files-read-back.ts';
import { FAULT_NAMES, faultKindOf } from '../../src/runtime/simulation/faults/catalogue.ts';
import { Dice } from '../../src/runtime/simulation/faults/kind.ts';
import { votersOf } from '../../src/runtime/simulation/faults/tolerance.ts';
import type { Observation } from '../../src/runtime/simulation/observation.ts';
import { simulate } from '../../src/runtime/simulation/simulate.ts';
import { begin, type Strike } from '../../src/runtime/simulation/strike.ts';
import { type CrashPoint, World } from '../../src/runtime/simulation/world.ts';

/** One more than vote. */
const CELLS = 6;
const EVERY_NODE = Array.from({ length: CELLS }, (_, node) => node);
/** The others are struck, whoever they turn out to be. */
const SPARES_VOTERS: ReadonlySet<string> = new Set([
  'doom',
  'false-alerts',
  'flood',
  'forged-broadcast',
  'forged-view',
  'lost-disk',
  'lying-disk',
  'stale-disk',
]);

describe('each kind of fault, by itself and twice', () => {
  it.each(FAULT_NAMES)('%s breaks nothing', async (kind) => {
    const dice = new Dice(seededEntropy(kind), CELLS);
    const strikes = [400, 3_000].flatMap((at) => {
      const strike = { at, for: 1_500, kind, ...faultKindOf(kind).draw(dice) } as Strike;
      return SPARES_VOTERS.has(kind) ? EVERY_NODE.map((node) => ({ ...strike, node }) as Strike) : [strike];
    });
    const verdict = await simulate({
      seed: 5,
      cells: CELLS,
      faultsMs: 6_000,
      plan: strikes,
      epilogues: [filesReadBack],
    });
    expect(verdict.violation).toBeNull();
    expect(verdict.struck).toBeGreaterThan(0);
    expect(verdict.operations.acknowledged).toBeGreaterThan(0);
  });
});

describe('a fault', () => {
  let world: World;
  const seen: Observation[] = [];
  beforeAll(async () => {
    world = await World.grow({ seed: 3, nodes: CELLS });
    world.observe((observation) => seen.push(observation));
  });
  const stoppedNodes = () => seen.flatMap((one) => (one.what === 'stopped' ? [[one.node.index, one.how]] : []));

  it.each<CrashPoint>(['before-flush', 'torn-flush', 'after-flush', 'before-send', 'before-reply'])(
    'kills a process %s, and not before it gets there',
    async (point) => {
      world.crashAt(4, point);
      expect(world.at(4).running).toBe(true);
      const body = { tree: world.at(4).trees[0], topic: point, body: null };
      // Its number is written down before it is told. Nobody answers for a dead process.
      world.background(world.at(4).stem.deliver({ kind: 'broadcast.publish', body }));
      await world.until(() => !world.at(4).running, 10_000, `the death of node 4 ${point}`);
      expect(stoppedNodes().at(-1)).toEqual([4, 'crash']);
      await world.restart(4);
      await world.untilWhole(30_000);
    },
  );

  it('that was taken back before does nothing', async () => {
    for (const point of ['before-flush', 'before-send'] as const) world.crashAt(4, point).dispose();
    await world.advance(5_000);
    expect(world.at(4).running).toBe(true);
  });

  it('takes the power of a machine: nobody is told that connections broke', async () => {
    world.crash(2, 'power');
    await world.advance(1);
    expect(stoppedNodes().at(-1)).toEqual([2, 'power']);
    const asked = world.now;
    const question = world.node(1).shards.audit('0'.repeat(64));
    await world.run(question);
    expect(world.now - asked).toBeLessThan(30_000);
    await world.restart(2);
    await world.untilWhole(30_000);
  });

  it('stops a process and lets it go on, which it does not know', async () => {
    const frozen = world.freeze(3);
    const before = world.at(3).facts('pulse');
    await world.advance(2_000);
    expect([world.at(3).frozen, world.at(3).facts('pulse') === before]).toEqual([true, true]);
    frozen.dispose();
    await world.advance(1_000);
    expect([world.at(3).frozen, world.at(3).facts('pulse') === before]).toEqual([false, false]);
    await world.untilWhole(30_000);
  });

  it('loses a disk, and the node comes back by its key alone', async () => {
    const outside = world.nodes.findIndex(({ id }) => !votersOf(world).includes(id));
    await world.run(world.node(outside).files.put(once('kept'), { name: 'kept' }));
    const guard = begin(world, { at: 1, kind: 'lost-disk', node: outside });
    await world.advance(1_000);
    guard?.dispose();
    await world.advance(10);
    expect(seen.flatMap((one) => (one.what === 'started' ? [[one.node.index, one.disk]] : [])).at(-1)).toEqual([
      outside,
      'lost',
    ]);
    expect(world.at(outside).disk.table('shards').size).toBe(0);
    await world.untilWhole(30_000);
    expect(await textOf(world, outside, 'kept')).toBe('kept');
  });

  it('is not done to those on whose disks the organism relies', () => {
    for (const kind of ['lost-disk', 'lying-disk', 'doom', 'forged-view'] as const) {
      const strike = { at: 1, kind, node: 0, everyMs: 100 } as Strike;
      expect(begin(world, strike)).toBeUndefined();
    }
    expect(world.at(0).running).toBe(true);
  });

  it('leaves most of the organism up', () => {
    const guards = [1, 2, 3, 4, 5].map((node) => begin(world, { at: node, kind: 'freeze', node }));
    expect(guards.filter((guard) => guard !== undefined)).toHaveLength(CELLS / 3);
    for (const guard of guards) guard?.dispose();
  });

  it('of a node that is not there is left out', () => {
    const away: readonly Strike[] = [
      { at: 1, kind: 'crash', node: 99 },
      { at: 1, kind: 'freeze', node: 99 },
      { at: 1, kind: 'slow-disk', node: 99, ms: 5 },
      { at: 1, kind: 'clock-jump', node: 99, byMs: 5 },
      { at: 1, kind: 'hold', a: 1, b: 99 },
      { at: 1, kind: 'leave', nodes: [99] },
    ];
    expect(away.map((strike) => begin(world, strike))).toEqual(away.map(() => undefined));
  });
});

describe('a world', () => {
  it('refuses what would make a run depend on the machine, with the stack of who did it', async () => {
    const world = await World.grow({ seed: 1, nodes: 1 });
    world.clock.schedule(10, () => Math.random());
    await expect(world.advance(20)).rejects.toThrow('Math.random was used in a simulation');
    expect(Math.random()).toBeLessThan(1);
  });

  it('tells the next passage of time what went wrong in the background', async () => {
    const world = await World.grow({ seed: 1, nodes: 1 });
    world.background(Promise.reject(new Error('nobody waited for this')));
    await expect(world.advance(10)).rejects.toThrow('nobody waited for this');
  });
});

async function* once(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function textOf(world: World, index: number, name: string): Promise<string> {
  const file = await world.run(world.node(index).files.open(name));
  const read = async (): Promise<string> => {
    let text = '';
    for await (const chunk of file.read()) text += new TextDecoder().decode(chunk);
    return text;
  };
  return world.run(read());
}
