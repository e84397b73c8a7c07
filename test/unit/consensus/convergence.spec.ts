import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { World } from './harness.ts';
import { nodeOf } from './logbook.ts';

let world: World;

afterEach(() => {
  expect(world.failures).toEqual([]);
});

async function grow(...newcomers: readonly string[]): Promise<void> {
  await world.found();
  for (const name of newcomers) {
    await world.join(name);
    await world.reach(() => world.mode(name) === 'placed', 60_000);
  }
}

/** SETs on keys of their own, made at random nodes that may die under them; what was acknowledged is kept. */
class Writers {
  readonly acknowledged = new Map<string, number>();
  open = 0;

  write(name: string, key: string, value: number): void {
    const command = { type: 'set', tree: world.tree, writes: [{ key, expected: 0, value }] };
    this.open += 1;
    void world.ask(name, 'consensus.propose', { command }, 30_000).then((outcome) => {
      this.open -= 1;
      if (outcome.ok) this.acknowledged.set(key, value);
    });
  }
}

describe('an organism on a bad network', () => {
  it.each([1, 2, 3, 4])(
    'comes to one log with everything acknowledged in it, whoever crashed meanwhile (seed %i)',
    async (seed) => {
      world = new World({ seed, loss: 0.15, latencyMs: 60 });
      const names = ['a', 'b', 'c', 'd', 'e'];
      await grow(...names);
      const { float } = seededEntropy(seed).fork('test');
      const pick = (from: readonly string[]): string => from[Math.floor(float() * from.length)] ?? '';
      const writers = new Writers();
      for (let round = 0; round < 60; round++) {
        const up = ['founder', ...names].filter((name) => world.mode(name) !== 'down');
        writers.write(pick(up), `k${round}`, round);
        if (round % 10 === 5) world.crash(pick(up));
        if (round % 10 === 9)
          for (const name of ['founder', ...names]) if (world.mode(name) === 'down') world.restart(name);
        await world.clock.advance(float() * 400);
      }
      world.loss = 0;
      await world.reach(
        () => writers.open === 0 && world.agree() && names.every((name) => world.mode(name) === 'placed'),
      );
      expect(writers.acknowledged.size).toBeGreaterThan(20);
      for (const name of ['founder', ...names]) {
        for (const [key, value] of writers.acknowledged) expect(world.register(name, key)).toMatchObject({ value });
      }
    },
  );

  it('gives a newcomer a log of many pages', async () => {
    world = new World({ loss: 0.05 });
    await grow();
    const writers = new Writers();
    const count = LIMITS.logPageEntries * 2;
    for (let index = 0; index < count; index++) writers.write('founder', `k${index}`, index);
    await world.reach(() => writers.open === 0);
    await world.join('a');
    await world.reach(() => world.mode('a') === 'placed' && world.agree());
    expect(world.view('a').version).toBeGreaterThan(count);
    expect(world.register('a', `k${count - 1}`)).toMatchObject({ value: count - 1 });
  });
});

describe('entries on their way down the trees', () => {
  it('reach everybody over edges alone, once over each, though the edges of two trees form a ring', async () => {
    world = new World();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await grow(...names);
    await world.reach(() => world.agree());
    const edges = (name: string, tree: string, ...children: readonly string[]): void =>
      world.emit(name, 'tree.edges', { tree, parent: null, children: children.map(nodeOf) });
    // e and f are no replicas: they hear from d, and in the other tree from each other, and d from f.
    const [one = '', two = ''] = Object.keys(world.view('founder').trees);
    edges('d', one, 'e', 'f');
    edges('e', two, 'f');
    edges('f', two, 'd', 'e');
    const appends: string[] = [];
    world.filter = (from, to, { kind }) => {
      if (kind === 'consensus.append' && from !== nodeOf('founder') && to !== nodeOf('founder'))
        appends.push(`${from} ${to}`);
      return kind !== 'consensus.fetch';
    };
    await world.set('founder', { key: 'k', expected: 0, value: 1 });
    await world.clock.advance(500);
    expect(world.agree()).toBe(true);
    expect(world.register('f', 'k')).toMatchObject({ value: 1 });
    // Asks and their answers pass the filter alike: five edges at most, each there and back.
    expect(new Set(appends).size).toBeLessThanOrEqual(10);
    expect(appends.length).toBeLessThanOrEqual(10);
  });
});
