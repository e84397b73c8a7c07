import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { shardKey } from '../../../src/organs/shards/index.ts';
import { ranked } from '../../../src/organs/shards/ranking.ts';
import { bytesOf, type FakeNode, World } from './fake-tree.ts';
import { idOf, TREE } from './fake-view.ts';

/** A world with one shard, a node that has it and one that hasn't. */
async function worldWith(
  count: number,
  options = {},
): Promise<{ world: World; hash: string; has: FakeNode[]; lacks: FakeNode[] }> {
  const world = new World(count, options);
  const hash = await world.run(world.at(0).shards.service.put(bytesOf(1)));
  const holders = world.holders(hash);
  const has = world.nodes.filter(({ node }) => holders.includes(node));
  return { world, hash, has, lacks: world.nodes.filter((node) => !has.includes(node)) };
}

const corrupt = (node: FakeNode, hash: string): void => {
  expect(node.disk.corrupt(shardKey(TREE, hash))).toBe(true);
};

describe('a get', () => {
  it('finds a shard from every cell', async () => {
    const { world, hash } = await worldWith(6);
    for (const { shards } of world.nodes) expect(await world.run(shards.service.get(hash))).toEqual(bytesOf(1));
  });

  it('asks nobody for what is here', async () => {
    const { world, hash, has } = await worldWith(5);
    await world.run((has[0] as FakeNode).shards.service.get(hash));
    expect(world.sent('pull')).toEqual([]);
  });

  it('does without a holder that is down, and quickly without one that hangs', async () => {
    const { world, hash, has, lacks } = await worldWith(5);
    (has[0] as FakeNode).state = 'hung';
    (has[1] as FakeNode).state = 'down';
    const from = world.clock.monotonic();
    expect(await world.run((lacks[0] as FakeNode).shards.service.get(hash))).toEqual(bytesOf(1));
    expect(world.clock.monotonic() - from).toBeLessThanOrEqual(LIMITS.askDeadlineMs / 4);
  });

  it('serves a damaged copy from another cell and repairs it', async () => {
    const { world, hash, has } = await worldWith(5);
    const [damaged] = has as [FakeNode];
    corrupt(damaged, hash);
    expect(await world.run(damaged.shards.service.get(hash))).toEqual(bytesOf(1));
    await world.clock.advance(100);
    expect(damaged.store.bytes(shardKey(TREE, hash))).toEqual(bytesOf(1));
    expect(damaged.log.lines.map(({ event }) => event)).toContain('shard.damaged');
  });

  it('never gets a damaged copy of a peer, which repairs it', async () => {
    const { world, hash, lacks } = await worldWith(5);
    const [first, second] = ranked(world.view, TREE, hash, 2).map((node) => world.by(node)) as [FakeNode, FakeNode];
    corrupt(first, hash);
    corrupt(second, hash);
    expect(await world.run((lacks[0] as FakeNode).shards.service.get(hash))).toEqual(bytesOf(1));
    await world.clock.advance(1_000);
    for (const node of [first, second]) expect(node.store.bytes(shardKey(TREE, hash))).toEqual(bytesOf(1));
  });

  it('takes no bytes that were changed on their way', async () => {
    const { world, hash, has, lacks } = await worldWith(5);
    world.alter = ({ to }, sent) => (to === has[2]?.node ? sent : sent.map((byte) => byte ^ 1));
    expect(await world.run((lacks[0] as FakeNode).shards.service.get(hash))).toEqual(bytesOf(1));
  });

  it('is corrupt where bad copies are all there is', async () => {
    const { world, hash } = await worldWith(3);
    for (const node of world.nodes) corrupt(node, hash);
    expect(await world.codeOf(world.at(1).shards.service.get(hash))).toBe('corrupt');
    // Now that it is known, the shard is just not there.
    expect(await world.codeOf(world.at(1).shards.service.get(hash))).toBe('not-found');
  });

  it('says not-found only once every cell has said no', async () => {
    const world = new World(12);
    expect(await world.codeOf(world.at(0).shards.service.get(sha256Hex('nothing')))).toBe('not-found');
    expect(new Set(world.sent('pull').map(({ to }) => to)).size).toBe(11);
  });

  it.each(['down', 'hung'] as const)('says maybe-elsewhere where a cell is %s', async (state) => {
    const world = new World(12);
    world.at(7).state = state;
    expect(await world.codeOf(world.at(0).shards.service.get(sha256Hex('nothing')))).toBe('maybe-elsewhere');
    world.at(0).believedDead.add(idOf(7));
    expect(await world.codeOf(world.at(0).shards.service.get(sha256Hex('nothing')))).toBe('maybe-elsewhere');
  });

  it('finds the only copy wherever it ranks by now', async () => {
    const { world, hash, has } = await worldWith(20);
    // So many views ago that nobody looks there first. The holders don't learn of it, so nothing moves.
    const reseeded = world.nodes.map(({ node }) => ({ node, seed: `another seed of ${node}` }));
    for (let view = 0; view < 9; view++) world.commit(reseeded, []);
    const likely = ranked(world.view, TREE, hash, 6);
    const last = has.find(({ node }) => !likely.includes(node)) as FakeNode;
    for (const node of has) if (node !== last) node.state = 'hung';
    const asker = world.nodes.find((node) => node !== last && node.state === 'up') as FakeNode;
    expect(await world.run(asker.shards.service.get(hash))).toEqual(bytesOf(1));
  });

  it('is cancelled at once', async () => {
    const { world, hash, has, lacks } = await worldWith(5);
    for (const node of has) node.state = 'hung';
    const abort = new AbortController();
    const get = (lacks[0] as FakeNode).shards.service.get(hash, { signal: abort.signal });
    world.clock.schedule(50, () => abort.abort());
    const from = world.clock.monotonic();
    expect(await world.codeOf(get)).toBe('cancelled');
    expect(world.clock.monotonic() - from).toBeLessThanOrEqual(50);
  });

  it('ends at its deadline where all holders hang', async () => {
    const { world, hash, has, lacks } = await worldWith(5);
    for (const node of has) node.state = 'hung';
    const from = world.clock.monotonic();
    const get = (lacks[0] as FakeNode).shards.service.get(hash, { deadlineMs: 700 });
    expect(await world.codeOf(get)).toBe('maybe-elsewhere');
    expect(world.clock.monotonic() - from).toBeLessThanOrEqual(700);
  });

  it('by a ranked cell that lacks its copy leaves one there', async () => {
    const { world, hash, has } = await worldWith(3);
    const [first] = has as [FakeNode];
    corrupt(first, hash);
    expect(await world.run(first.shards.inbound.get(hash, idOf(9)))).toBeUndefined();
    expect(await world.run(first.shards.service.get(hash))).toEqual(bytesOf(1));
    await world.clock.advance(10);
    expect(world.holders(hash)).toHaveLength(3);
  });
});

describe('stat', () => {
  it('tells the size from every cell, and misses as get does', async () => {
    const { world, hash } = await worldWith(5);
    for (const { shards } of world.nodes) expect(await world.run(shards.service.stat(hash))).toBe(100);
    expect(await world.codeOf(world.at(0).shards.service.stat(sha256Hex('nothing')))).toBe('not-found');
    expect(world.sent('pull')).toEqual([]);
  });
});

describe('an audit', () => {
  it('has every holder read its copy', async () => {
    const { world, hash, has, lacks } = await worldWith(5);
    corrupt(has[1] as FakeNode, hash);
    const found = await world.run((lacks[0] as FakeNode).shards.service.audit(hash));
    expect(found.map(({ node }) => node).sort()).toEqual(has.map(({ node }) => node).sort());
    expect(found.filter(({ ok }) => !ok).map(({ node }) => node)).toEqual([has[1]?.node]);
    await world.clock.advance(1_000);
    expect((await world.run(world.at(0).shards.service.audit(hash))).every(({ ok }) => ok)).toBe(true);
  });

  it('finds nothing of a shard that nobody has', async () => {
    const world = new World(9);
    expect(await world.run(world.at(0).shards.service.audit(sha256Hex('nothing')))).toEqual([]);
  });

  it('leaves out holders that do not answer', async () => {
    const { world, hash, has, lacks } = await worldWith(5);
    (has[0] as FakeNode).state = 'down';
    expect(await world.run((lacks[0] as FakeNode).shards.service.audit(hash))).toHaveLength(2);
  });
});
