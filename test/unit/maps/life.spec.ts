import { describe, expect, it } from 'vitest';
import type { FileService, TreeService } from '../../../src/contract/services.ts';
import { createMaps } from '../../../src/organs/maps/index.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { World } from '../shards/fake-tree.ts';
import { viewOf } from '../shards/fake-view.ts';
import { chunks, collect, content, SIGNER } from './desk.ts';
import { FakeRegisters } from './fake-registers.ts';

const SHARD_BYTES = 1_000;

/** The files of every node of a world of shards, over the same registers. */
function filesOf(world: World): { files: FileService[]; registers: FakeRegisters } {
  const registers = new FakeRegisters();
  const files = world.nodes.map((node) => {
    const { store, log } = node;
    const ports = { clock: world.clock, entropy: seededEntropy(`files ${node.node}`), store, signer: SIGNER, log };
    const tree = {
      sovereign: () => registers.sovereign,
      view: () => viewOf([{ node: SIGNER.node, spki: SIGNER.spki }]),
    } as TreeService;
    const shards = node.shards.service;
    const { organ, service } = createMaps({ tree, registers, shards, ports, shardBytes: SHARD_BYTES });
    const begun = organ.begin(store, {
      now: 0,
      monotonic: 0,
      mode: '',
      random: () => 0,
      randomBytes: () => new Uint8Array(),
    });
    expect(begun.signals).toEqual([{ type: 'maps.gain' }]);
    void organ.effects.setGate?.({ refusal: undefined } as never, {} as never);
    return service;
  });
  return { files, registers };
}

const readAt = async (world: World, files: FileService, name: string): Promise<Uint8Array> =>
  world.run((async () => collect((await files.open(name)).read()))());

describe('files over living shards', () => {
  it('are read at every node, also after a node died', async () => {
    const world = new World(5);
    const { files } = filesOf(world);
    const bytes = content(20_500);
    await world.run((files[0] as FileService).put(chunks(bytes, 333), { name: 'x' }));
    world.crash(1);
    expect(await readAt(world, files[2] as FileService, 'x')).toEqual(bytes);
    world.notice(1, 'dead');
    world.replace(1);
    await world.clock.advance(5_000);
    expect(world.storage().underReplicated).toBe(0);
    for (const index of [0, 2, 3, 4]) expect(await readAt(world, files[index] as FileService, 'x')).toEqual(bytes);
  });

  it('that share shards go one by one', async () => {
    const world = new World(3);
    const { files } = filesOf(world);
    const [at] = files as [FileService];
    await world.run(at.put(chunks(content(5_000)), { name: 'one' }));
    await world.run(at.put(chunks(content(5_000)), { name: 'two' }));
    expect(world.storage().shards).toBe(5);
    await world.run(at.remove('one'));
    const report = await world.run(at.verify('two'));
    expect(report).toMatchObject({ ok: true, shards: 5, copies: { good: 15, bad: 0 }, missing: [] });
    expect(await readAt(world, at, 'two')).toEqual(content(5_000));
  });

  it('with a damaged copy are found out, repaired, and then verify', async () => {
    const world = new World(3);
    const { files } = filesOf(world);
    const [at] = files as [FileService];
    await world.run(at.put(chunks(content(3_000)), { name: 'x' }));
    const [key] = [...world.at(2).disk.table('shards').keys()] as [string];
    world.at(2).disk.corrupt(key);
    expect(await world.run(at.verify('x'))).toMatchObject({ ok: false, copies: { good: 8, bad: 1 }, missing: [] });
    await world.clock.advance(1_000);
    expect(await world.run(at.verify('x'))).toMatchObject({ ok: true, copies: { good: 9, bad: 0 } });
  });

  it('whose put met a full disk fail with it, leave nothing visible, and can be put later', async () => {
    const world = new World(1, { reconcileMs: 500 });
    const { files, registers } = filesOf(world);
    const [at] = files as [FileService];
    await world.run(at.put(chunks(content(2_000, 1)), { name: 'before' }));
    world.at(0).disk.capacityBytes = world.at(0).disk.usedBytes + 2_500;
    expect(await world.codeOf(at.put(chunks(content(5_000, 2)), { name: 'x' }))).toBe('disk-full');
    expect([...registers.rows.keys()].filter((key) => key.startsWith('name:'))).toEqual(['name:before']);
    expect(await readAt(world, at, 'before')).toEqual(content(2_000, 1));
    world.at(0).disk.capacityBytes = Number.POSITIVE_INFINITY;
    await world.clock.advance(2_000);
    await world.run(at.put(chunks(content(5_000, 2)), { name: 'x' }));
    expect(await readAt(world, at, 'x')).toEqual(content(5_000, 2));
  });

  it('whose put died with its node can be put at another one, which finds what is there', async () => {
    const world = new World(5);
    const { files } = filesOf(world);
    const bytes = content(8_000);
    const hanging = (async function* () {
      yield bytes.subarray(0, 5_000);
      await new Promise(() => undefined);
    })();
    const lost = (files[1] as FileService).put(hanging, { name: 'x' });
    lost.catch(() => undefined);
    await world.clock.advance(100);
    await new Promise(setImmediate);
    await world.clock.advance(100);
    world.crash(1);
    world.notice(1, 'dead');
    expect(await world.codeOf((files[0] as FileService).open('x'))).toBe('not-found');
    await world.run((files[0] as FileService).put(chunks(bytes), { name: 'x' }));
    expect(await readAt(world, files[3] as FileService, 'x')).toEqual(bytes);
  });
});
