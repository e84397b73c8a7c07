import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { shardKey } from '../../../src/organs/shards/index.ts';
import { ranked } from '../../../src/organs/shards/ranking.ts';
import { bytesOf, type FakeNode, World } from './fake-tree.ts';
import { TREE } from './fake-view.ts';

async function filled(count: number, shards: number, options = {}): Promise<{ world: World; all: string[] }> {
  const world = new World(count, options);
  const puts = Array.from({ length: shards }, (_, index) => world.at(index % count).shards.service.put(bytesOf(index)));
  const all = await world.run(Promise.all(puts));
  await world.clock.advance(3_000);
  world.crossings.length = 0;
  return { world, all };
}

const copiesOf = (world: World, all: readonly string[]): number[] => all.map((hash) => world.holders(hash).length);

describe('storage', () => {
  it('counts every shard once, from the moment of its put on', async () => {
    const world = new World(5);
    for (let index = 0; index < 10; index++) {
      await world.run(world.at(index % 5).shards.service.put(bytesOf(index)));
      expect(world.storage()).toEqual({ shards: index + 1, bytes: (index + 1) * 100, underReplicated: 0 });
    }
    await world.clock.advance(10_000);
    expect(world.storage()).toEqual({ shards: 10, bytes: 1_000, underReplicated: 0 });
  });

  it('tells what is missing while it is missing', async () => {
    const { world, all } = await filled(5, 40);
    world.crash(1);
    world.notice(1, 'suspect');
    expect(world.storage().shards).toBe(40);
    expect(world.storage().underReplicated).toBe(copiesOf(world, all).filter((copies) => copies < 3).length);
    expect(world.storage().underReplicated).toBeGreaterThan(0);
  });

  it('is right again soon after everybody was started again', async () => {
    const { world } = await filled(5, 40);
    for (let index = 0; index < 5; index++) world.crash(index);
    for (let index = 0; index < 5; index++) world.restart(index);
    await world.clock.advance(3_000);
    expect(world.storage()).toEqual({ shards: 40, bytes: 4_000, underReplicated: 0 });
    expect(world.sent('push')).toEqual([]);
  });

  it('is nothing at a node without a view', () => {
    const world = new World(1);
    world.commit([]);
    expect(world.storage()).toEqual({ shards: 0, bytes: 0, underReplicated: 0 });
  });
});

describe('after a loss', () => {
  it('every shard has three copies again within seconds, each pushed once', async () => {
    const { world, all } = await filled(5, 120);
    const lost =
      copiesOf(world, all).length * 3 -
      [...all].filter((hash) => !world.holders(hash).includes(world.at(1).node)).length * 3;
    expect(lost).toBeGreaterThan(0);
    world.crash(1);
    const missing = copiesOf(world, all).filter((copies) => copies < 3).length;
    expect(missing).toBeGreaterThan(0);
    world.notice(1, 'dead');
    world.replace(1);
    await world.clock.advance(3_000);
    expect(copiesOf(world, all).every((copies) => copies === 3)).toBe(true);
    expect(world.storage()).toEqual({ shards: 120, bytes: 12_000, underReplicated: 0 });
    expect(world.sent('push')).toHaveLength(missing);
    await world.clock.advance(5_000);
    for (const node of world.nodes) if (node.state === 'up') expect(node.system.mode('shards')).toBe('serving');
  });

  it('of a node that is only believed dead, copies are made as well', async () => {
    const { world, all } = await filled(5, 40);
    world.crash(1);
    world.notice(1, 'dead');
    await world.clock.advance(3_000);
    expect(copiesOf(world, all).every((copies) => copies === 3)).toBe(true);
  });

  it('of two nodes at once, the shards with one copy left go first', async () => {
    const { world, all } = await filled(6, 120);
    world.crash(1);
    world.crash(2);
    const single = new Set(all.filter((hash) => world.holders(hash).length === 1));
    expect(single.size).toBeGreaterThan(0);
    world.notice(1, 'dead');
    world.notice(2, 'dead');
    world.replace(1);
    world.replace(2);
    await world.clock.advance(10_000);
    expect(copiesOf(world, all).every((copies) => copies === 3)).toBe(true);
    for (const { node } of world.nodes) {
      const order = world
        .sent('push')
        .filter(({ from }) => from === node)
        .map(({ body }) => single.has(body as string));
      // The sweep that began at the first death was under way already: of what it pushes nothing can be said.
      const lastSingle = order.lastIndexOf(true);
      expect(order.slice(0, lastSingle).filter((isSingle) => !isSingle).length).toBeLessThanOrEqual(order.length / 2);
    }
  });

  it('never more than the window is pushed at once', async () => {
    const { world } = await filled(5, 60);
    let open = 0;
    let most = 0;
    const inbound = world.nodes.map(({ shards }) => shards.inbound.put);
    world.nodes.forEach(({ shards }, index) => {
      Object.assign(shards.inbound, {
        put: async (...call: Parameters<(typeof inbound)[number]>) => {
          if (call[2] !== world.at(0).node) return inbound[index]?.(...call);
          open += 1;
          most = Math.max(most, open);
          await new Promise<void>((resolve) => void world.clock.schedule(5, resolve));
          await inbound[index]?.(...call);
          open -= 1;
        },
      });
    });
    world.crash(1);
    world.notice(1, 'dead');
    await world.clock.advance(5_000);
    expect(most).toBe(LIMITS.repairWindow);
  });

  it('of a node that only pauses, nothing is copied but a shard whose last other copy it had', async () => {
    const { world, all } = await filled(3, 30);
    world.crash(1);
    world.notice(1, 'paused');
    await world.clock.advance(5_000);
    expect(world.sent('push')).toEqual([]);
    expect(copiesOf(world, all).every((copies) => copies === 2)).toBe(true);
  });

  it('of a pausing node and a dead one, the last copy is doubled', async () => {
    const { world, all } = await filled(5, 60);
    world.crash(1);
    world.crash(2);
    world.notice(1, 'paused');
    world.notice(2, 'paused');
    await world.clock.advance(5_000);
    expect(Math.min(...copiesOf(world, all))).toBe(2);
  });

  it('a push that fails is tried again until it succeeds', async () => {
    const { world, all } = await filled(5, 40);
    let failures = 0;
    world.fault = ({ kind }) => {
      if (kind !== 'push' || failures >= 60) return undefined;
      failures += 1;
      return 'deadline';
    };
    world.crash(1);
    world.notice(1, 'dead');
    world.replace(1);
    await world.clock.advance(60_000);
    expect(failures).toBe(60);
    expect(copiesOf(world, all).every((copies) => copies === 3)).toBe(true);
  });

  it('a holder that does not do its part is stood in for', async () => {
    const { world, all } = await filled(5, 40);
    const lazy = world.at(0).node;
    world.fault = ({ kind, from }) => (kind === 'push' && from === lazy ? 'unreachable' : undefined);
    world.crash(1);
    world.notice(1, 'dead');
    world.replace(1);
    await world.clock.advance(60_000);
    const whole = all.filter((hash) => world.holders(hash).length === 3);
    // Those that the lazy node alone holds can't be helped.
    expect(whole.length).toBe(40);
    expect(world.storage().underReplicated).toBe(0);
  });

  it('a cell without room is passed over for the next one', async () => {
    const { world, all } = await filled(6, 40);
    world.at(3).disk.capacityBytes = 0;
    world.crash(1);
    world.notice(1, 'dead');
    world.replace(1);
    await world.clock.advance(20_000);
    expect(copiesOf(world, all).every((copies) => copies >= 3)).toBe(true);
  });

  it('goes on after a restart of the node that was at it', async () => {
    const { world, all } = await filled(5, 60);
    world.crash(1);
    world.notice(1, 'dead');
    world.replace(1);
    await world.clock.advance(3);
    world.crash(0);
    await world.clock.advance(200);
    world.restart(0);
    await world.clock.advance(20_000);
    expect(copiesOf(world, all).every((copies) => copies === 3)).toBe(true);
    expect(world.storage().underReplicated).toBe(0);
  });
});

describe('a node that comes back', () => {
  it('finds its copies counted, and nothing is sent to it', async () => {
    const { world } = await filled(3, 30);
    world.crash(1);
    world.notice(1, 'dead');
    await world.clock.advance(2_000);
    world.restart(1);
    await world.clock.advance(5_000);
    expect(world.storage()).toEqual({ shards: 30, bytes: 3_000, underReplicated: 0 });
    expect(world.sent('push')).toEqual([]);
  });

  it('with an empty disk gets its copies again', async () => {
    const { world, all } = await filled(3, 30);
    world.crash(1);
    world.at(1).disk.restore({ tables: new Map() });
    await world.clock.advance(100);
    world.restart(1);
    await world.clock.advance(5_000);
    expect(copiesOf(world, all).every((copies) => copies === 3)).toBe(true);
  });
});

describe('reconciliation', () => {
  it('finds a copy that vanished without a word', async () => {
    const { world, all } = await filled(3, 20, { reconcileMs: 5_000 });
    const [hash] = all as [string];
    const node = world.at(2);
    await world.run(node.store.commit([{ table: 'shards', key: shardKey(TREE, hash), remove: true }]));
    // Its index believes in it until it is read.
    expect(await world.run(node.shards.inbound.get(hash, world.at(0).node))).toBeUndefined();
    await world.clock.advance(6_000);
    expect(world.holders(hash)).toHaveLength(3);
  });

  it('makes whole a put of which only one cell has heard', async () => {
    const world = new World(5);
    const bytes = bytesOf(1);
    const hash = sha256Hex(bytes);
    const [first] = ranked(world.view, TREE, hash, 1) as [string];
    await world.run(world.by(first).shards.inbound.put(hash, bytes, world.at(0).node));
    expect(world.holders(hash)).toHaveLength(1);
    await world.clock.advance(3_000);
    expect(world.holders(hash)).toHaveLength(3);
    expect(world.storage()).toEqual({ shards: 1, bytes: 100, underReplicated: 0 });
  });

  it('asks in batches', async () => {
    const { world } = await filled(2, LIMITS.haveBatchMax + 1, { reconcileMs: 10_000 });
    await world.clock.advance(10_000);
    const sizes = world.sent('shards.have').map(({ body }) => (body as { hashes: string[] }).hashes.length);
    expect(Math.max(...sizes)).toBe(LIMITS.haveBatchMax);
    expect(sizes).toContain(1);
  });
});

describe('standing still', () => {
  it('nobody repairs after a halt', async () => {
    const { world, all } = await filled(5, 20, { reconcileMs: 1_000 });
    for (const node of world.nodes) node.bus.emit('node.halted', { by: world.at(0).node });
    await world.clock.advance(10);
    world.crash(1);
    world.notice(1, 'dead');
    world.crossings.length = 0;
    await world.clock.advance(10_000);
    expect(world.crossings).toEqual([]);
    expect(copiesOf(world, all).some((copies) => copies < 3)).toBe(true);
    expect(world.at(0).system.mode('shards')).toBe('still');
    // What is there is still served.
    for (const hash of all) await world.run(world.at(0).shards.service.get(hash));
  });
});

describe('handing over', () => {
  it('ends when every shard is held by enough others', async () => {
    const { world, all } = await filled(5, 60);
    const leaver = world.at(2);
    leaver.bus.emit('node.leaving', {});
    await world.run(leaver.shards.handOver(new AbortController().signal));
    for (const hash of all)
      expect(world.holders(hash).filter((node) => node !== leaver.node).length).toBeGreaterThanOrEqual(3);
    expect(leaver.system.mode('shards')).toBe('handingOver');
    expect(await world.codeOf(leaver.shards.inbound.put(sha256Hex('x'), bytesOf(1), 'c0'))).toBe('stopping');
    world.crash(2);
    world.replace(2);
    await world.clock.advance(5_000);
    expect(world.storage()).toEqual({ shards: 60, bytes: 6_000, underReplicated: 0 });
  });

  it('waits for cells to hand over to', async () => {
    const { world, all } = await filled(2, 5);
    world.at(1).state = 'hung';
    const abort = new AbortController();
    const handing = world.at(0).shards.handOver(abort.signal);
    let done = false;
    handing.then(
      () => {
        done = true;
      },
      () => undefined,
    );
    await world.clock.advance(20_000);
    expect(done).toBe(false);
    world.at(1).state = 'up';
    await world.run(handing);
    for (const hash of all) expect(world.holders(hash)).toContain(world.at(1).node);
  });

  it('that is taken back leaves the node serving as before', async () => {
    const { world } = await filled(2, 5);
    world.at(1).state = 'hung';
    const abort = new AbortController();
    const handing = world.at(0).shards.handOver(abort.signal);
    world.clock.schedule(500, () => abort.abort());
    expect(await world.codeOf(handing)).toBe('cancelled');
    world.at(1).state = 'up';
    await world.clock.advance(5_000);
    expect(world.at(0).system.mode('shards')).toBe('serving');
    await world.run(world.at(0).shards.inbound.put(sha256Hex(bytesOf(9)), bytesOf(9), world.at(1).node));
  });

  it('of the only node ends at once', async () => {
    const { world } = await filled(1, 3);
    await world.run((world.at(0) as FakeNode).shards.handOver(new AbortController().signal));
  });
});
