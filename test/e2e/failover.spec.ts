import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrganismStatus } from '../../src/contract/services.ts';
import { Fleet, until } from './fleet.ts';

/** One organism, killed again and again: each test leaves it whole. */
describe('nine real processes', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.up(9);
  });
  afterAll(() => fleet?.dispose());

  /** Resolves once they are replaced; what is written then is read elsewhere. */
  async function survives(...gone: readonly number[]): Promise<void> {
    await fleet.kill(...gone);
    const name = `without ${gone}`;
    expect(await fleet.put(name)).toBe(name);
  }

  it('were started at once, and are one tree with five voters', async () => {
    expect((await fleet.whole()).voters).toHaveLength(5);
    expect(await fleet.put('first')).toBe('first');
  });

  it('heal from kill -9 of two of nine at once, the leader and another voter', async () => {
    const { voters } = await fleet.status();
    const leader = await fleet.leader();
    await survives(leader, voters.map((id) => fleet.indexOf(id)).find((index) => index !== leader) ?? -1);
    expect(await fleet.leader()).not.toBe(leader);
  });

  it('heal from kill -9 of the root', async () => {
    const [root = -1] = await fleet.slots();
    await survives(root);
  });

  it('heal from kill -9 of the leader', async () => {
    await survives(await fleet.leader());
  });

  it('heal from kill -9 of root and last cell together', async () => {
    const slots = await fleet.slots();
    await survives(slots[0] ?? -1, slots.at(-1) ?? -1);
  });

  it('take back all six that were killed, started at once, with everything that was put meanwhile', async () => {
    const gone = fleet.organism.whole.nodes.map((_, index) => index).filter((index) => !fleet.live.includes(index));
    expect(gone).toHaveLength(6);
    await fleet.revive(...gone);
    const [index = -1] = gone;
    expect(await fleet.get(index, 'first')).toBe('first');
  });

  it('decide again after the loss of most voters, once the operator has promoted one of them', async () => {
    const { voters } = await fleet.status();
    const gone = voters.slice(0, 3).map((id) => fleet.indexOf(id));
    for (const index of gone) fleet.signal(index, 'SIGKILL');
    fleet.live = fleet.live.filter((index) => !gone.includes(index));
    const survivor = fleet.live[0] ?? -1;
    const isProvisional = ({ trees }: OrganismStatus): boolean => trees.every(({ sovereign }) => !sovereign);
    await until(() => fleet.status(), isProvisional, 30_000);
    await expect(fleet.put('before')).rejects.toMatchObject({ code: 'no-authority' });
    const at = ['--at', fleet.organism.node(survivor).url, '--json'];
    const plan = await fleet.organism.json<{ lost: string[] }>(['promote', ...at]);
    const done = await fleet.organism.json<{ promoted: string; lost: string[] }>(['promote', '--force', ...at]);
    // Whoever is found dead between the two is lost as well.
    expect(done).toMatchObject({ promoted: fleet.organism.node(survivor).id, lost: expect.arrayContaining(plan.lost) });
    await fleet.whole();
    expect(await fleet.put('after')).toBe('after');
    await fleet.revive(...gone);
    for (const index of gone) expect(await fleet.get(index, 'after')).toBe('after');
  });
});
