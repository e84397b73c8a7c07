import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/contract/organ.ts';
import { World } from './harness.ts';
import { nodeOf } from './logbook.ts';

let world: World;

beforeEach(async () => {
  world = new World();
  await world.found();
});

afterEach(() => {
  expect(world.failures).toEqual([]);
});

async function grow(...newcomers: readonly string[]): Promise<void> {
  for (const name of newcomers) {
    await world.join(name);
    await world.reach(() => world.mode(name) === 'placed');
  }
  await world.reach(() => world.agree());
}

/** Proposes without waiting for the answer. */
function begin(name: string, key: string, expected = 0, value: number | null = 1): { outcome: Outcome | undefined } {
  const pending: { outcome: Outcome | undefined } = { outcome: undefined };
  const writes = [{ key, expected, value }];
  const body = { command: { type: 'set', tree: world.tree, writes } };
  void world.ask(name, 'consensus.propose', body, 60_000).then((outcome) => {
    pending.outcome = outcome;
  });
  return pending;
}

const keepFrom =
  (...names: readonly string[]) =>
  (_from: string, to: string, { kind }: { kind: string }): boolean =>
    kind === 'consensus.propose' || !names.map(nodeOf).includes(to);

describe('a SET', () => {
  // Between a proof and its flush an entry is in no plan any more and in no register yet.
  it('is made once of all that were asked for one version, whenever they come', async () => {
    const pending: ReturnType<typeof begin>[] = [];
    for (let asked = 0; asked < 60; asked++) {
      pending.push(begin('founder', 'k', 0, asked));
      await world.clock.advance(0.25);
    }
    await world.reach(() => pending.every(({ outcome }) => outcome !== undefined));
    expect(pending.filter(({ outcome }) => outcome?.ok === true)).toHaveLength(1);
  });

  it('is on three disks when it is answered', async () => {
    await grow('a', 'b', 'c', 'd');
    for (const [index, name] of ['founder', 'd', 'b'].entries()) {
      expect(await world.set(name, { key: name, expected: 0, value: index })).toMatchObject({ ok: true });
      const holders = ['founder', 'a', 'b', 'c', 'd'].filter((holder) => world.register(holder, name) !== undefined);
      expect(holders.length).toBeGreaterThanOrEqual(3);
    }
  });

  it('waits until two nodes besides the leader have flushed it', async () => {
    await grow('a', 'b');
    world.filter = keepFrom('b');
    const pending = begin('founder', 'k');
    await world.clock.advance(3_000);
    expect(world.register('a', 'k')).toBeDefined();
    expect(pending.outcome).toBeUndefined();
    world.filter = () => true;
    await world.reach(() => pending.outcome !== undefined, 600);
    expect(pending.outcome).toMatchObject({ ok: true });
    expect(world.register('b', 'k')).toBeDefined();
  });

  it('is pushed again when pushes are lost', async () => {
    // Of two nodes one votes, and the other is pushed its copy.
    await grow('a');
    let lost = 0;
    world.filter = (_from, _to, { kind }) => kind !== 'consensus.append' || ++lost > 3;
    const pending = begin('founder', 'k');
    await world.reach(() => pending.outcome !== undefined, 3_000);
    expect(pending.outcome).toMatchObject({ ok: true });
    expect(lost).toBeGreaterThan(3);
  });

  it('is answered when the nodes that it waits for are found dead', async () => {
    await grow('a', 'b');
    for (const name of ['a', 'b']) world.crash(name);
    const pending = begin('founder', 'k');
    await world.clock.advance(2_000);
    world.believe('a', 'suspect');
    world.believe('b', 'dead');
    await world.clock.advance(1_000);
    // Nobody acts on a suspicion.
    expect(pending.outcome).toBeUndefined();
    world.believe('a', 'paused');
    await world.reach(() => pending.outcome !== undefined, 1);
    expect(pending.outcome).toMatchObject({ ok: true });
  });

  it('does not count a copy that died with its node', async () => {
    await grow('a', 'b', 'c');
    world.filter = keepFrom('b', 'c');
    const pending = begin('founder', 'k');
    await world.reach(() => world.register('a', 'k') !== undefined, 1_000);
    world.crash('a');
    world.believe('a', 'dead');
    world.filter = keepFrom('c');
    await world.reach(() => world.register('b', 'k') !== undefined, 2_000);
    await world.clock.advance(2_000);
    expect(pending.outcome).toBeUndefined();
    world.filter = () => true;
    await world.reach(() => pending.outcome !== undefined, 1_000);
  });

  it('does not count a copy of an earlier life, whose disk may be another', async () => {
    await grow('a', 'b');
    world.filter = keepFrom('b');
    const pending = begin('founder', 'k');
    await world.reach(() => world.register('a', 'k') !== undefined, 1_000);
    await world.clock.advance(100);
    const before = world.facts('founder').flushed;
    expect(before[nodeOf('a')]).toBe(world.view('founder').version);
    world.crash('a');
    world.restart('a');
    world.filter = (from, to, message) => keepFrom('a', 'b')(from, to, message);
    await world.reach(() => world.view('founder').members[nodeOf('a')]?.incarnation === 2, 5_000);
    expect(world.facts('founder').flushed[nodeOf('a')]).toBeUndefined();
    expect(pending.outcome).toBeUndefined();
    world.filter = () => true;
    await world.reach(() => pending.outcome !== undefined, 5_000);
  });

  it('conflicts with another on the same key that is not flushed yet', async () => {
    const first = begin('founder', 'k');
    const second = begin('founder', 'k');
    const third = begin('founder', 'k', 3, 3);
    const fourth = begin('founder', 'k', 4, null);
    const fifth = begin('founder', 'k', 0, 5);
    await world.reach(() => fifth.outcome !== undefined);
    expect(first.outcome).toEqual({ ok: true, body: { version: 3 } });
    expect(second.outcome).toMatchObject({ ok: false, code: 'conflict' });
    expect(third.outcome).toEqual({ ok: true, body: { version: 4 } });
    expect(fourth.outcome).toEqual({ ok: true, body: { version: 5 } });
    expect(fifth.outcome).toEqual({ ok: true, body: { version: 6 } });
    expect(world.register('founder', 'k')).toEqual({ value: 5, version: 6 });
    expect(world.facts('founder').trail).toEqual([]);
  });

  it('shares flush and proof with those that come meanwhile, and all are answered', async () => {
    await grow('a', 'b');
    const { version } = world.view('founder');
    const pending = Array.from({ length: 300 }, (_, index) => begin('founder', `k${index}`));
    await world.reach(() => pending.every(({ outcome }) => outcome !== undefined), 2_000);
    expect(pending.every(({ outcome }) => outcome?.ok)).toBe(true);
    expect(world.view('founder').version).toBe(version + 300);
    const batches = world
      .node('founder')
      .told.filter(({ kind }) => kind === 'consensus.committed')
      .slice(-3);
    expect(batches.length).toBeLessThanOrEqual(3);
    expect(world.agree()).toBe(true);
  });
});

describe('a SET at a node that does not lead', () => {
  it('is answered when the node itself can read it', async () => {
    await grow('a', 'b', 'c', 'd', 'e', 'f');
    // The last ones get nothing pushed: they fetch what they wait for.
    for (const name of ['a', 'e', 'f']) {
      expect(await world.set(name, { key: name, expected: 0, value: 1 })).toMatchObject({ ok: true });
      expect(world.register(name, name)).toMatchObject({ value: 1 });
    }
  });

  it('is refused where the leader is held dead or paused, at once', async () => {
    await grow('a');
    for (const state of ['dead', 'paused'] as const) {
      world.believe('founder', state);
      const pending = begin('a', state);
      await world.clock.advance(0);
      expect(pending.outcome).toMatchObject({ ok: false, code: 'no-authority' });
    }
    world.believe('founder', 'live');
    expect(await world.set('a', { key: 'k', expected: 0, value: 1 })).toMatchObject({ ok: true });
  });

  it('is refused where the leader is silent but nobody has noticed yet', async () => {
    await grow('a');
    world.crash('founder');
    expect(await world.set('a', { key: 'k', expected: 0, value: 1 })).toMatchObject({
      ok: false,
      code: 'no-authority',
    });
    expect(await world.until(world.ask('a', 'consensus.read', null))).toMatchObject({ code: 'no-authority' });
  });

  it("brings back the leader's refusal as it is", async () => {
    await grow('a');
    await world.set('a', { key: 'k', expected: 0, value: 1 });
    const outcome = await world.set('a', { key: 'k', expected: 0, value: 2 });
    expect(outcome).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('waits no longer than whoever asked', async () => {
    await grow('a', 'b');
    world.filter = (from, to) => from !== nodeOf('founder') || to !== nodeOf('a');
    const outcome = await world.until(
      world.ask('a', 'consensus.propose', { command: { type: 'config', key: 'k', value: 1 } }, 500),
    );
    expect(outcome).toEqual({ ok: false, code: 'deadline' });
  });
});

describe('a linear read', () => {
  it('sees, wherever it is made, everything that was answered before', async () => {
    await grow('a', 'b', 'c', 'd', 'e', 'f');
    for (let round = 1; round <= 5; round++) {
      const expected = (world.register('founder', 'k') as { version: number } | undefined)?.version ?? 0;
      expect(await world.set('a', { key: 'k', expected, value: round })).toMatchObject({ ok: true });
      expect(await world.until(world.ask('f', 'consensus.read', null))).toMatchObject({ ok: true });
      expect(world.register('f', 'k')).toMatchObject({ value: round });
    }
  });
});
