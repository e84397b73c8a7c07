import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from './fleet.ts';
import { Load } from './load.ts';

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
    expect(load.acknowledged).toBeGreaterThan(5);
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
});
