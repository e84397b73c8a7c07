import { describe, expect, it } from 'vitest';
import { placedNodes } from '../../src/contract/slots.ts';
import type { TreeMap } from '../../src/contract/words.ts';
import { runTrial } from '../../src/runtime/simulation/trial.ts';
import { World } from '../../src/runtime/simulation/world.ts';

const WHOLE_MS = 30_000;

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function readAt(world: World, index: number, name: string): Promise<string> {
  const file = await world.run(world.node(index).files.open(name));
  const decoder = new TextDecoder();
  let text = '';
  const reading = (async () => {
    for await (const chunk of file.read()) text += decoder.decode(chunk, { stream: true });
  })();
  await world.run(reading);
  return text;
}

function mapsOf(world: World, index = 0): readonly TreeMap[] {
  return Object.values(world.node(index).view?.trees ?? {});
}

function slotOf(world: World, index: number): number {
  return (mapsOf(world)[0]?.slots.findIndex(({ node }) => node === world.at(index).id) ?? -1) + 1;
}

describe('one seed, one trace', () => {
  it('runs alike twice, and another seed differently', async () => {
    const trial = (seed: number) => runTrial({ seed, nodes: 9, faultsMs: 20_000, puts: 4 });
    const [first, second, other] = [await trial(11), await trial(11), await trial(12)];
    expect(second).toEqual(first);
    expect(other.trace).not.toBe(first.trace);
  });
});

describe('a sealed world', () => {
  it('does what any world does, and the same twice', async () => {
    const live = async () => {
      const world = await World.grow({ seed: 17, nodes: 12, mode: 'sealed' });
      const text = 'sealed '.repeat(20_000);
      await world.run(world.node(4).files.put(bytesOf(text), { name: 'sealed.txt' }));
      world.crash(4);
      await world.untilWhole(WHOLE_MS);
      await world.advance(5_000);
      expect((await world.status()).storage.underReplicated).toBe(0);
      expect(await readAt(world, 11, 'sealed.txt')).toBe(text);
      expect(mapsOf(world)[0]?.slots).toHaveLength(11);
      return world.trace.toString();
    };
    expect(await live()).toBe(await live());
  });
});

describe('a tree that grows', () => {
  it('fills its slots from left to right, one cell a slot', async () => {
    const world = await World.grow({ seed: 2, nodes: 21 });
    for (const map of mapsOf(world)) {
      const nodes = map.slots.map(({ node }) => node);
      expect(new Set(nodes).size).toBe(21);
      expect(nodes[0]).toBe(world.at(0).id);
    }
  });

  it('is whole at every fan-out', async () => {
    const { loadGenome, SHIPPED_GENOMES } = await import('../../src/actors/genome.ts');
    for (const fanout of [1, 2, 7]) {
      const genomes = await Promise.all(SHIPPED_GENOMES.map((path) => loadGenome(path)));
      const world = await World.grow({
        seed: 3,
        nodes: 12,
        genomes: genomes.map((genome) => ({ ...genome, tree: { fanout } })),
      });
      expect(world.flaws()).toEqual([]);
      expect(mapsOf(world).every((map) => map.fanout === fanout && map.slots.length === 12)).toBe(true);
    }
  });
});

describe('newcomers', () => {
  it('count as strangers nowhere, though some nodes hear of their admission late', async () => {
    const world = await World.grow({ seed: 3, nodes: 3, delayMs: [8, 120] });
    world.lose(0.1);
    for (let count = 0; count < 10; count++) {
      await world.add(1);
      await world.advance(700);
    }
    world.lose(0);
    await world.untilWhole(WHOLE_MS);
    await world.advance(5_000);
    const refused = world.nodes.flatMap(({ log }) => log.lines.filter(({ event }) => event === 'membrane.newcomer'));
    expect(refused.length).toBeGreaterThan(0);
    expect(world.nodes.map((node) => node.living.localStatus().rejected)).toEqual(world.nodes.map(() => ({})));
  });
});

describe('a cell that dies', () => {
  it('is replaced by the last to have joined', async () => {
    const world = await World.grow({ seed: 4, nodes: 10 });
    const slot = slotOf(world, 2);
    const last = mapsOf(world)[0]?.slots.at(-1)?.node;
    world.crash(2);
    await world.untilWhole(WHOLE_MS);
    expect(mapsOf(world)[0]?.slots[slot - 1]?.node).toBe(last);
    expect(mapsOf(world)[0]?.slots).toHaveLength(9);
  });

  it('comes back to the place it left, when it is back before anybody replaced it', async () => {
    const world = await World.grow({ seed: 5, nodes: 10 });
    const slot = slotOf(world, 6);
    world.crash(6);
    await world.advance(100);
    await world.restart(6);
    await world.untilWhole(WHOLE_MS);
    expect(slotOf(world, 6)).toBe(slot);
  });

  it('joins again at the end, when its place was given away', async () => {
    const world = await World.grow({ seed: 6, nodes: 10 });
    world.crash(3);
    await world.untilWhole(WHOLE_MS);
    await world.restart(3);
    await world.untilWhole(WHOLE_MS);
    expect(slotOf(world, 3)).toBe(10);
  });

  it('costs no acknowledged file, and every shard has three copies again', async () => {
    const world = await World.grow({ seed: 7, nodes: 8 });
    const text = 'shard '.repeat(40_000);
    await world.run(world.node(5).files.put(bytesOf(text), { name: 'big.txt' }));
    world.crash(5);
    await world.untilWhole(WHOLE_MS);
    await world.advance(5_000);
    expect((await world.status()).storage.underReplicated).toBe(0);
    expect(await readAt(world, 1, 'big.txt')).toBe(text);
  });
});

describe('without the one voter of two nodes', () => {
  it('the other goes on storing and serving, refuses head writes, says so, and recovers when it is back', async () => {
    const world = await World.grow({ seed: 8, nodes: 2 });
    await world.run(world.node(1).files.put(bytesOf('before'), { name: 'a.txt' }));
    world.crash(0);
    await world.advance(15_000);
    expect((await world.status(1)).trees.every((tree) => !tree.sovereign)).toBe(true);
    expect(await readAt(world, 1, 'a.txt')).toBe('before');
    const refused = world.run(world.node(1).files.put(bytesOf('during'), { name: 'b.txt' }));
    await expect(refused).rejects.toMatchObject({ code: 'no-authority' });
    await world.restart(0);
    await world.untilWhole(WHOLE_MS);
    await world.advance(3_000);
    await world.run(world.node(1).files.put(bytesOf('after'), { name: 'b.txt' }));
    expect(await readAt(world, 0, 'b.txt')).toBe('after');
  });
});

describe('a lone voter whose disk is older than what it has signed', () => {
  it('is found out by the other, decides nothing, and costs no acknowledged file', async () => {
    const world = await World.grow({ seed: 5, nodes: 2 });
    await world.run(world.node(1).files.put(bytesOf('a'), { name: 'a.txt' }));
    const backup = world.at(0).disk.snapshot();
    for (const name of ['b', 'c', 'd'])
      await world.run(world.node(1).files.put(bytesOf(name), { name: `${name}.txt` }));
    world.crash(0);
    world.at(0).disk.restore(backup);
    await world.restart(0);
    await world.advance(WHOLE_MS);
    for (const index of [0, 1]) {
      const put = world.run(world.node(index).files.put(bytesOf('late'), { name: `${index}.txt` }));
      await expect(put).rejects.toMatchObject({ code: 'no-authority' });
      expect((await world.status(index)).trees.map(({ sovereign }) => sovereign)).toEqual([false, false]);
    }
    for (const name of ['a', 'b', 'c', 'd']) expect(await readAt(world, 1, `${name}.txt`)).toBe(name);
    expect(world.at(0).log.lines.map(({ event }) => event)).toContain('consensus.forked');
  });
});

describe('a partition', () => {
  it('leaves one tree, and a cell that was cut off finds back into it', async () => {
    const world = await World.grow({ seed: 9, nodes: 9 });
    world.partition([7, 8]);
    await world.advance(40_000);
    expect(slotOf(world, 7)).toBe(0);
    world.repair();
    await world.untilWhole(WHOLE_MS);
    expect(placedNodes(world.node(8).view as never).size).toBe(9);
  });

  it('keeps a fragment without authority from deciding anything', async () => {
    const world = await World.grow({ seed: 10, nodes: 9 });
    world.partition([5, 6, 7, 8]);
    await world.advance(20_000);
    const refused = world.run(world.node(6).files.put(bytesOf('no'), { name: 'no.txt' }));
    await expect(refused).rejects.toMatchObject({ code: 'no-authority' });
    world.repair();
    await world.untilWhole(WHOLE_MS);
    await expect(world.run(world.node(0).files.open('no.txt'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a halt', () => {
  it('is confirmed by every node, though nothing else happens meanwhile', async () => {
    const world = await World.grow({ seed: 13, nodes: 7 });
    await world.advance(10_000);
    expect(await world.run(world.node(3).halt())).toBe(7);
  });
});
