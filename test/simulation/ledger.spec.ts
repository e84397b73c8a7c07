import { beforeAll, describe, expect, it } from 'vitest';
import type { OfficeFacts } from '../../src/organs/ledger/index.ts';
import type { World } from '../../src/runtime/simulation/world.ts';
import { growLedger, Market } from './ledger/market.ts';

/** Growing an organism takes a moment on a busy machine. */
const GROW_MS = 120_000;

describe('a ledger in an organism of five nodes', () => {
  let world: World;
  let market: Market;

  beforeAll(async () => {
    world = await growLedger({ seed: 11 });
    market = await Market.open(world);
  }, GROW_MS);

  it('names its first committee by itself: four validators and a spare', async () => {
    const office = await world.run(world.node(3).ledger.office());
    expect(office.members.map(({ state }) => state)).toEqual(['live', 'live', 'live', 'live']);
    expect((office.genesis as { body: { spares: string[] } }).body.spares).toHaveLength(1);
    expect(office.mode).toBe('voting');
  });

  it('settles a transfer at any node, and every node comes to the same state', async () => {
    expect(await market.issue(['alice', 'bob'], 1_000)).toMatchObject({ outcome: 'settled' });
    expect(await market.pay('alice', 'bob', 30, { at: 4 })).toMatchObject({ outcome: 'settled' });
    expect(await market.balance('alice', 1)).toBe(970n);
    expect(await market.balance('bob', 2)).toBe(1_030n);
    await market.untilOne();
  });

  it('lets a validator that was restarted vote again, once the others know its new life', async () => {
    const index = world.nodes.findIndex((_, at) => at > 0 && modeOf(at) === 'voting');
    world.crash(index);
    await world.restart(index);
    await world.until(() => modeOf(index) === 'voting', 20_000, 'it votes again');
    expect(await market.pay('bob', 'alice', 1, { at: index })).toMatchObject({ outcome: 'settled' });
  });

  it('never lets a key vote again whose disk has forgotten its votes, and goes on without it', async () => {
    const forgetful = world.nodes.findIndex((_, index) => index > 0 && modeOf(index) === 'voting');
    world.crash(forgetful);
    for (const key of [...world.at(forgetful).disk.table('ledger').keys()]) {
      world.at(forgetful).disk.table('ledger').delete(key);
    }
    await world.restart(forgetful);
    await world.until(() => modeOf(forgetful) === 'barred', 20_000, 'it is barred');
    expect(await market.pay('alice', 'bob', 2, { at: forgetful })).toMatchObject({ outcome: 'settled' });
    await market.untilOne();
    await world.run(world.bounce(forgetful));
    await world.until(() => modeOf(forgetful) === 'barred', 20_000, 'it stays barred');
  });

  it('gives the seat of a validator that is gone for good to the spare, and loses nothing', async () => {
    const fresh = await growLedger({ seed: 12 });
    const other = await Market.open(fresh);
    expect(await other.issue(['alice', 'bob'], 100)).toMatchObject({ outcome: 'settled' });
    const gone = fresh.nodes.findIndex((node, index) => index > 0 && node.mode('ledger', node.trees[0]) === 'voting');
    fresh.crash(gone);
    fresh.retired.add(gone);
    const at = gone === 1 ? 2 : 1;
    const everybody = (): boolean => fresh.running.every(({ index }) => committeeOf(fresh, index) === 2);
    await fresh.until(everybody, 60_000, 'the committee changes');
    const voting = (): number => fresh.running.filter((node) => node.mode('ledger', node.trees[0]) === 'voting').length;
    await fresh.until(() => voting() === 4, 20_000, 'the spare votes');
    expect(await other.pay('alice', 'bob', 5, { at })).toMatchObject({ outcome: 'settled' });
    expect(await other.balance('bob', at)).toBe(105n);
    await other.untilOne();
  });

  const modeOf = (index: number): string | undefined => {
    const node = world.at(index);
    return node.mode('ledger', node.trees[0]);
  };
});

function committeeOf(world: World, index: number): number {
  const node = world.at(index);
  const row = node.facts<OfficeFacts>('ledger', node.trees[0])?.book.get('committee');
  return (row as { readonly number: number } | undefined)?.number ?? 0;
}
