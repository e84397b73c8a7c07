import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/contract/limits.ts';
import type { SearchAnswer } from '../../src/contract/memory.ts';
import { smallGenomes } from '../../src/runtime/simulation/small-genomes.ts';
import { World } from '../../src/runtime/simulation/world.ts';
import { essay } from '../unit/index/library.ts';

const grow = async (seed: number, nodes: number): Promise<World> =>
  World.grow({ seed, nodes, genomes: await smallGenomes({ memory: true }) });

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const put = (world: World, node: number, name: string, text: string) =>
  world.run(world.node(node).files.put(bytes(text), { name }));
const ask = (world: World, node: number, q: string): Promise<SearchAnswer> =>
  world.run(world.node(node).memory.search({ q }));
const names = ({ results }: SearchAnswer): string[] => results.map(({ name }) => name);

async function untilRemembered(world: World, node: number, name: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { remembered } = await world.run(world.node(node).memory.stat(name));
    if (remembered === 'done') return;
    await world.advance(100);
  }
  throw new Error(`${name} is not remembered`);
}

const FILES: readonly (readonly [string, string])[] = [
  ['a.txt', 'The lease of the sailing boat Albatros ends in May.'],
  ['b.txt', 'Bread: knead the dough, let it rest, bake it.'],
  ['c.txt', 'The invoice for the audit of the ledger.'],
];

describe('the memory of an organism', () => {
  it('is the same whichever node is asked, and after one of them was killed', async () => {
    const world = await grow(1, 5);
    for (const [name, text] of FILES) await put(world, 0, name, text);
    for (const [name] of FILES) await untilRemembered(world, 1, name);
    const expected = await ask(world, 0, 'agreement about the boat');
    expect(names(expected)).toEqual(['a.txt']);
    expect(expected).toMatchObject({
      partial: false,
      results: [{ snippet: 'The lease of the sailing **boat** Albatros ends in May.' }],
    });
    for (let node = 1; node < 5; node++) expect(await ask(world, node, 'agreement about the boat')).toEqual(expected);
    world.crash(2);
    expect(names(await ask(world, 3, 'agreement about the boat'))).toEqual(['a.txt']);
    await world.untilWhole(60_000);
    for (const node of [0, 1, 3, 4]) expect(await ask(world, node, 'agreement about the boat')).toEqual(expected);
  });

  it('shows nothing of what was, from when a delete, a new version or a forget is done', async () => {
    const world = await grow(2, 4);
    for (const [name, text] of FILES) await put(world, 0, name, text);
    for (const [name] of FILES) await untilRemembered(world, 0, name);
    await world.run(world.node(1).files.remove('a.txt'));
    expect(names(await ask(world, 3, 'boat'))).toEqual([]);
    await world.advance(1_000);
    const kept = world.nodes
      .flatMap((node) => [...node.disk.table('memory').entries()])
      .map(([, row]) => JSON.stringify(row));
    expect(kept.filter((row) => row.includes('Albatros'))).toEqual([]);
    expect(kept.length).toBeGreaterThan(0);
    await put(world, 2, 'b.txt', 'Now about tomatoes.');
    expect(names(await ask(world, 1, 'bread dough'))).toEqual([]);
    await untilRemembered(world, 3, 'b.txt');
    expect(names(await ask(world, 1, 'tomatoes'))).toEqual(['b.txt']);
    await world.run(world.node(2).memory.forget('c.txt'));
    expect(names(await ask(world, 3, 'invoice'))).toEqual([]);
    await world.run(world.node(0).memory.remember('c.txt', { note: 'my first paperwork' }));
    await untilRemembered(world, 3, 'c.txt');
    expect(names(await ask(world, 3, 'paperwork'))).toEqual(['c.txt']);
  });

  it('comes back from the disk, and without one from the shards', async () => {
    const world = await grow(3, 4);
    for (const [name, text] of FILES) await put(world, 0, name, text);
    for (const [name] of FILES) await untilRemembered(world, 0, name);
    for (const again of [() => world.restart(1), () => world.restartEmpty(1)]) {
      world.crash(1);
      await again();
      await world.untilWhole(60_000);
      await world.advance(5_000);
      expect(names(await ask(world, 1, 'the audit'))).toEqual(['c.txt']);
    }
  });

  it('learns from its files, and everybody the same', async () => {
    const world = await grow(4, 3);
    for (let i = 0; i < 60; i++) await put(world, i % 3, `essay-${i}.txt`, essay(i));
    for (let i = 0; i < 60; i++) await untilRemembered(world, 0, `essay-${i}.txt`);
    await world.advance(65_000);
    const search = (node: number) => world.run(world.node(node).memory.search({ q: 'mast and rudder', explain: true }));
    const first = await search(0);
    expect(first.results[0]?.why?.meaning).not.toBe(0);
    expect(await search(1)).toEqual(first);
    expect(await search(2)).toEqual(first);
  });

  it('answers in time and says that it is partial, where cells are gone that nobody has missed yet', async () => {
    const world = await grow(5, 5);
    for (const [name, text] of FILES) await put(world, 0, name, text);
    for (const [name] of FILES) await untilRemembered(world, 0, name);
    for (const node of [2, 3, 4]) world.crash(node);
    const before = world.now;
    const answer = await ask(world, 0, 'boat bread invoice');
    expect(answer.partial).toBe(true);
    // The read of the log, which nobody answers, and the search, each within its deadline.
    expect(world.now - before).toBeLessThan(LIMITS.askDeadlineMs + LIMITS.searchDeadlineMs);
    for (const name of names(answer)) expect(FILES.map(([one]) => one)).toContain(name);
  });
});
