import { cpSync, renameSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet, until } from './fleet.ts';
import { Load } from './load.ts';
import { runJson } from './organism.ts';

/** Long enough for all time-outs to pass, more than once. */
const STOPPED_MS = 12_000;

describe('five real processes under a steady load of puts and gets', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.up(5);
  });
  afterAll(() => fleet?.dispose());

  it('are restarted one after the other, with nothing lost and no failed read', async () => {
    const load = new Load(fleet);
    await load.while(async () => {
      for (const index of [0, 1, 2, 3, 4]) await fleet.restart(index);
    });
    expect(load.failures).toEqual([]);
    expect(load.acknowledged).toBeGreaterThan(load.refused);
  });

  it('go on without one that is stopped for 12 s, and take it back when it goes on', async () => {
    const stopped = await fleet.leader();
    const load = new Load(fleet);
    fleet.signal(stopped, 'SIGSTOP');
    fleet.live = fleet.live.filter((index) => index !== stopped);
    await load.while(async () => {
      await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
      await fleet.whole();
      fleet.signal(stopped, 'SIGCONT');
      fleet.live.push(stopped);
      await fleet.whole();
    });
    expect(load.failures).toEqual([]);
    expect(await fleet.put('after')).toBe('after');
  });

  it('let a voter that was restored from a backup vote again, once it has been voted in anew', async () => {
    const { voters } = await fleet.status();
    const leader = await fleet.leader();
    const index = voters.map((id) => fleet.indexOf(id)).find((one) => one !== leader) ?? -1;
    const { id, data } = fleet.organism.node(index);
    const backup = `${data}.backup`;
    await fleet.stop(index);
    cpSync(data, backup, { recursive: true });
    await fleet.revive(index);
    expect(await fleet.put('after the backup')).toBe('after the backup');
    await fleet.stop(index);
    rmSync(data, { recursive: true });
    renameSync(backup, data);
    const marked = await runJson<{ restored: string }>(['restore', '--data', data]);
    expect(marked.restored).toBe(data);
    await fleet.revive(index);
    await until(
      () => fleet.status(),
      (now) => now.voters.includes(id),
      30_000,
    );
    expect(await fleet.get(index, 'after the backup')).toBe('after the backup');
  });

  it('bar a node whose key was revoked, which ends by itself', async () => {
    const slots = await fleet.slots();
    const index = slots.at(-1) ?? -1;
    const { id } = fleet.organism.node(index);
    fleet.live = fleet.live.filter((one) => one !== index);
    expect(await fleet.organism.json(['revoke', id])).toEqual({ revoked: id });
    await fleet.whole();
    await fleet.ended(index);
    expect((await fleet.status()).nodes.map((node) => node.id)).not.toContain(id);
    expect(await fleet.put('without it')).toBe('without it');
  });
});
