import { beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../src/runtime/simulation/world.ts';
import { growLedger, Market } from './ledger/market.ts';

describe('a ledger in an organism of five nodes', () => {
  let world: World;
  let market: Market;

  beforeAll(async () => {
    world = await growLedger({ seed: 11 });
    market = await Market.open(world);
  });

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
});
