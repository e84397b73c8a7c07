import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { ranked } from '../../../src/organs/shards/ranking.ts';
import { bytesOf, World } from './fake-tree.ts';
import { idOf, TREE } from './fake-view.ts';

const rankedAt = (world: World, hash: string, count = 3): string[] => ranked(world.view, TREE, hash, count);

describe('a put', () => {
  it('is at the three ranked cells once it is acknowledged, whoever took it', async () => {
    const world = new World(5);
    for (let index = 0; index < 20; index++) {
      const hash = await world.run(world.at(index % 5).shards.service.put(bytesOf(index)));
      expect(hash).toBe(sha256Hex(bytesOf(index)));
      expect(world.holders(hash).sort()).toEqual(rankedAt(world, hash).sort());
    }
    expect(world.storage()).toEqual({ shards: 20, bytes: 2_000, underReplicated: 0 });
  });

  it.each([
    // n, dead ones that nobody knows of yet, acknowledged copies; 0: the put fails
    [1, 0, 1],
    [2, 0, 2],
    [2, 1, 0],
    [3, 0, 3],
    [3, 1, 2],
    [3, 2, 0],
    [5, 0, 3],
    [5, 1, 3],
    [5, 2, 3],
    [5, 3, 2],
    [5, 4, 0],
  ])('among %i cells of which %i are dead has %i copies', async (count, dead, copies) => {
    const world = new World(count);
    for (let index = 0; index < dead; index++) world.crash(count - 1 - index);
    const put = world.at(0).shards.service.put(bytesOf(1));
    if (copies === 0) expect(await world.codeOf(put)).toBe('not-enough-cells');
    else expect(world.holders(await world.run(put))).toHaveLength(copies);
  });

  it.each([
    [2, 1, 0],
    [3, 1, 2],
    [3, 2, 0],
    [5, 2, 3],
    [5, 3, 2],
    [5, 4, 0],
  ])('among %i cells of which %i are known to be dead has %i copies', async (count, dead, copies) => {
    const world = new World(count);
    for (let index = 0; index < dead; index++) {
      world.crash(count - 1 - index);
      world.notice(count - 1 - index, 'dead');
    }
    const put = world.at(0).shards.service.put(bytesOf(1));
    if (copies === 0) expect(await world.codeOf(put)).toBe('not-enough-cells');
    else expect(world.holders(await world.run(put))).toHaveLength(copies);
    expect(world.sent('push').filter(({ to }) => world.by(to).state === 'down')).toEqual([]);
  });

  it('goes past a cell that hangs long before its deadline', async () => {
    const world = new World(5);
    const bytes = bytesOf(1);
    const [hung] = rankedAt(world, sha256Hex(bytes)).filter((node) => node !== idOf(0)) as [string];
    world.by(hung).state = 'hung';
    const hash = await world.run(world.at(0).shards.service.put(bytes));
    expect(world.clock.monotonic()).toBeLessThan(LIMITS.askDeadlineMs / 2);
    expect(world.holders(hash)).toHaveLength(3);
  });

  it('waits for the hung one where there is nobody else, and then does without it', async () => {
    const world = new World(3);
    world.at(2).state = 'hung';
    const hash = await world.run(world.at(0).shards.service.put(bytesOf(1)));
    expect(world.clock.monotonic()).toBeGreaterThanOrEqual(LIMITS.askDeadlineMs);
    expect(world.holders(hash)).toEqual([idOf(0), idOf(1)]);
  });

  it('owes the ranked cell that missed it a copy, which that one gets when it is back', async () => {
    const world = new World(5);
    const bytes = bytesOf(7);
    const missed = rankedAt(world, sha256Hex(bytes)).find((node) => node !== idOf(0)) as string;
    world.by(missed).state = 'hung';
    const hash = await world.run(world.at(0).shards.service.put(bytes));
    await world.clock.advance(300);
    const [hint] = world.sent('queue shards.fetch');
    expect(hint?.to).toBe(missed);
    expect(hint?.body).toEqual({ shards: [{ hash, from: expect.any(String) }] });
    world.by(missed).state = 'up';
    await world.clock.advance(300);
    expect(world.holders(hash)).toContain(missed);
    // It fetched it: nobody had found out yet that it was missing.
    expect(world.sent('pull').map(({ from }) => from)).toEqual([missed]);
  });

  it('gathers what it owes to one cell into few messages', async () => {
    const world = new World(3);
    world.crash(2);
    for (let index = 0; index < 50; index++) await world.run(world.at(0).shards.service.put(bytesOf(index)));
    await world.clock.advance(500);
    expect(world.sent('queue shards.fetch').length).toBeLessThan(5);
  });

  it('is named by its own bytes, whatever name it is given', async () => {
    const world = new World(3);
    const { service } = world.at(0).shards;
    const claimed = { hash: sha256Hex(bytesOf(2)) };
    expect(await world.codeOf(service.put(bytesOf(1), claimed))).toBe('wrong-hash');
    expect(world.crossings).toEqual([]);
    expect(world.holders(claimed.hash)).toEqual([]);
    expect(await world.run(service.put(bytesOf(2), claimed))).toBe(claimed.hash);
  });

  it('is disk-full where too few others have room, and keeps what was acknowledged', async () => {
    const world = new World(1);
    const hash = await world.run(world.at(0).shards.service.put(bytesOf(1)));
    world.at(0).disk.capacityBytes = 0;
    expect(await world.codeOf(world.at(0).shards.service.put(bytesOf(2)))).toBe('disk-full');
    expect(await world.run(world.at(0).shards.service.get(hash))).toEqual(bytesOf(1));
    await world.clock.advance(10);
    expect(world.at(0).system.mode('shards')).toBe('readonly');
  });

  it('goes to others past a cell without room', async () => {
    const world = new World(5);
    const bytes = bytesOf(3);
    const full = rankedAt(world, sha256Hex(bytes)).find((node) => node !== idOf(0)) as string;
    world.by(full).disk.capacityBytes = 0;
    const hash = await world.run(world.at(0).shards.service.put(bytes));
    expect(world.holders(hash)).toHaveLength(3);
    expect(world.holders(hash)).not.toContain(full);
  });

  it('counts a cell without room as live, so that three cells with one full disk promise nothing', async () => {
    const world = new World(3);
    world.at(1).disk.capacityBytes = 0;
    expect(await world.codeOf(world.at(0).shards.service.put(bytesOf(1)))).toBe('disk-full');
  });

  it('asks the full disk in earnest, so that it is not served from on trust again and again', async () => {
    const world = new World(1, { reconcileMs: 1_000 });
    const node = world.at(0);
    const modes: string[] = [];
    node.system.modes$.subscribe(({ mode }) => modes.push(mode));
    node.disk.capacityBytes = 0;
    expect(await world.codeOf(node.shards.service.put(bytesOf(1)))).toBe('disk-full');
    await world.clock.advance(20_000);
    expect(modes).toEqual(['readonly']);
    expect(await world.codeOf(node.shards.service.put(bytesOf(1)))).toBe('disk-full');
    expect(node.log.lines.filter(({ event }) => event === 'shards.disk-full')).toHaveLength(1);
  });

  it('takes writes again once the disk has room', async () => {
    const world = new World(1, { reconcileMs: 1_000 });
    world.at(0).disk.capacityBytes = 0;
    expect(await world.codeOf(world.at(0).shards.service.put(bytesOf(1)))).toBe('disk-full');
    world.at(0).disk.capacityBytes = Number.POSITIVE_INFINITY;
    await world.clock.advance(3_000);
    expect(world.at(0).system.mode('shards')).toBe('serving');
    await world.run(world.at(0).shards.service.put(bytesOf(1)));
  });

  it('is cancelled at once, and leaves the calls to the peers', async () => {
    const world = new World(3);
    world.at(1).state = 'hung';
    world.at(2).state = 'hung';
    const abort = new AbortController();
    const put = world.at(0).shards.service.put(bytesOf(1), { signal: abort.signal });
    world.clock.schedule(100, () => abort.abort());
    expect(await world.codeOf(put)).toBe('cancelled');
    expect(world.clock.monotonic()).toBe(100);
    expect(await world.codeOf(world.at(0).shards.service.put(bytesOf(1), { signal: abort.signal }))).toBe('cancelled');
  });

  it('takes shards up to the limit and none beyond', async () => {
    const world = new World(1, { shardBytesMax: 1_000 });
    await world.run(world.at(0).shards.service.put(bytesOf(1, 1_000)));
    expect(await world.codeOf(world.at(0).shards.service.put(bytesOf(1, 1_001)))).toBe('too-large');
    const large = bytesOf(2, 1_001);
    expect(await world.codeOf(world.at(0).shards.inbound.put(sha256Hex(large), large, idOf(9)))).toBe('too-large');
  });

  it('done again sends no bytes to those that have them', async () => {
    const world = new World(5);
    const all = Array.from({ length: 10 }, (_, index) => bytesOf(index, 70_000));
    for (const bytes of all) await world.run(world.at(0).shards.service.put(bytes));
    const before = world.sent('push').length;
    for (const bytes of all) await world.run(world.at(0).shards.service.put(bytes));
    // The first ones may be sent again: nothing tells yet that the upload is one done before.
    expect(world.sent('push').length - before).toBeLessThanOrEqual(6);
    expect(world.storage()).toEqual({ shards: 10, bytes: 700_000, underReplicated: 0 });
  });
});

describe('a copy that comes in', () => {
  it('is refused where its bytes are not what its name says, and counted nowhere', async () => {
    const world = new World(2);
    expect(await world.codeOf(world.at(0).shards.inbound.put(sha256Hex('x'), bytesOf(1), idOf(1)))).toBe('wrong-hash');
    expect(world.holders(sha256Hex('x'))).toEqual([]);
  });

  it('that was changed on its way makes the put go elsewhere', async () => {
    const world = new World(4);
    const bytes = bytesOf(5);
    const [first] = rankedAt(world, sha256Hex(bytes)).filter((node) => node !== idOf(0)) as [string];
    world.alter = ({ kind, to }, sent) => (kind === 'push' && to === first ? sent.map((byte) => byte ^ 1) : sent);
    const hash = await world.run(world.at(0).shards.service.put(bytes));
    expect(world.holders(hash)).toHaveLength(3);
    expect(world.holders(hash)).not.toContain(first);
  });
});
