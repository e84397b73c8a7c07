import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from './fleet.ts';

/** One organism, killed again and again: each test leaves it whole. */
describe('nine real processes', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.up(9);
  });
  afterAll(() => fleet?.dispose());

  async function survives(name: string, gone: readonly number[]): Promise<void> {
    await fleet.kill(...gone);
    expect(await fleet.put(name)).toBe(name);
    await fleet.revive(...gone);
    expect(await fleet.get(gone[0] ?? -1, name)).toBe(name);
  }

  it('were started at once, and are one tree with five voters', async () => {
    expect((await fleet.whole()).voters).toHaveLength(5);
    expect(await fleet.put('first')).toBe('first');
  });

  it('heal from kill -9 of the leader', async () => {
    const leader = await fleet.leader();
    await survives('without the leader', [leader]);
    expect(await fleet.leader()).not.toBe(leader);
  });

  it('heal from kill -9 of the root', async () => {
    await survives('without the root', (await fleet.slots()).slice(0, 1));
  });

  it('heal from kill -9 of root and last cell together', async () => {
    const slots = await fleet.slots();
    await survives('without both', [slots[0] ?? -1, slots.at(-1) ?? -1]);
  });

  it('heal from kill -9 of two of nine at once, the leader and another voter', async () => {
    const { voters } = await fleet.status();
    const leader = await fleet.leader();
    await survives('without two voters', [
      leader,
      voters.map((id) => fleet.indexOf(id)).find((one) => one !== leader) ?? -1,
    ]);
  });
});
