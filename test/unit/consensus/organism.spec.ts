import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { World } from './harness.ts';
import { nodeOf } from './logbook.ts';

let world: World;
const toldOf = (name: string, kind: string) => world.node(name).told.filter((event) => event.kind === kind);

beforeEach(async () => {
  world = new World();
  await world.found();
});

afterEach(() => {
  // No organ may ever have failed, whatever the test was about.
  expect(world.failures).toEqual([]);
});

async function grow(...newcomers: readonly string[]): Promise<void> {
  for (const name of newcomers) {
    await world.join(name);
    await world.reach(() => world.mode(name) === 'placed');
  }
  await world.reach(() => world.agree());
}

async function condemn(...lost: readonly string[]): Promise<void> {
  for (const name of lost) world.believe(name, 'dead');
  world.emit('founder', 'pulse.condemned', { nodes: lost.map(nodeOf) });
  await world.reach(() => lost.every((name) => !world.slots('founder').includes(name)));
}

describe('a founder', () => {
  it('leads, sits in slot 1, and tells its node what it committed', async () => {
    expect(world.mode('founder')).toBe('placed');
    expect(world.slots('founder')).toEqual(['founder']);
    const committed = world.node('founder').told.find(({ kind }) => kind === 'consensus.committed');
    // It says so of itself only once its first entry is proven.
    expect(toldOf('founder', 'consensus.led')).toMatchObject([
      { body: { leader: null } },
      { body: { leader: nodeOf('founder'), epoch: 2 } },
    ]);
    const { view, proof } = world.facts('founder');
    expect(committed).toMatchObject({ kind: 'consensus.committed', body: { view, previous: view, proof } });
  });
});

describe('a newcomer', () => {
  it('gets in by the founder, into the next slot, with the whole log', async () => {
    await grow('a', 'b');
    expect(world.slots('b')).toEqual(['founder', 'a', 'b']);
    expect(toldOf('b', 'consensus.admitted')).toHaveLength(1);
    expect(world.facts('b').view?.hash).toBe(world.facts('founder').view?.hash);
  });

  it('gets in by any member, which asks the leader for it', async () => {
    await grow('a', 'b');
    await world.join('c', ['b']);
    await world.reach(() => world.mode('c') === 'placed');
    expect(world.slots('c')).toEqual(['founder', 'a', 'b', 'c']);
  });

  it('asks its contacts in turn until one answers', async () => {
    await grow('a');
    world.crash('a');
    await world.join('b', ['a', 'founder']);
    await world.reach(() => world.mode('b') === 'placed');
  });

  it('is refused for good without an invitation, and its node is told why', async () => {
    world.enter('a', { contacts: [nodeOf('founder')], invitation: null });
    await world.reach(() => world.mode('a') === 'refused');
    expect(toldOf('a', 'consensus.refused')).toMatchObject([
      { body: { code: 'refused', detail: 'an invitation is needed' } },
    ]);
  });

  it('says so where it knows nobody to ask', async () => {
    world.enter('a', { contacts: [], invitation: null });
    await world.reach(() => world.mode('a') === 'refused');
    expect(toldOf('a', 'consensus.refused')).toMatchObject([{ body: { code: 'unreachable' } }]);
  });

  it('comes in a crowd of eight at once, each into a slot of its own', async () => {
    const crowd = Array.from({ length: 8 }, (_, index) => `n${index}`);
    for (const name of crowd) await world.join(name);
    await world.reach(() => crowd.every((name) => world.mode(name) === 'placed') && world.agree());
    expect([...world.slots('n7')].sort()).toEqual(['founder', ...crowd]);
  });

  it('that died before it learnt of its admission gets in with the invitation that it has used up', async () => {
    await grow('a');
    world.filter = (_, to, { kind }) =>
      to !== nodeOf('b') || (kind !== 'consensus.join' && kind !== 'consensus.append');
    await world.join('b', ['a']);
    const join = { contacts: [nodeOf('a')], invitation: { id: nodeOf('used up'), signature: '' } };
    await world.reach(() => world.slots('founder').includes('b'));
    world.crash('b');
    world.filter = () => true;
    world.restart('b', join);
    await world.reach(() => world.mode('b') === 'placed' && world.agree());
    expect(world.slots('b')).toEqual(['founder', 'a', 'b']);
    // The roster shows the life that listens, not the one that asked first.
    expect(world.view('b').members[nodeOf('b')]?.incarnation).toBe(2);
  });
});

describe('a restarted node', () => {
  it('returns to its slot, and the roster shows its new life', async () => {
    await grow('a', 'b');
    world.crash('a');
    world.restart('a');
    expect(world.mode('a')).toBe('returning');
    await world.reach(() => world.mode('a') === 'placed' && world.agree());
    expect(world.slots('b')).toEqual(['founder', 'a', 'b']);
    expect(world.view('b').members[nodeOf('a')]?.incarnation).toBe(2);
  });

  it('does not take a newer entry for its admission before the roster shows this life', async () => {
    await grow('a', 'b');
    world.crash('a');
    world.filter = (from, _, { kind }) => from !== nodeOf('a') || kind !== 'consensus.propose';
    world.restart('a');
    await world.set('founder', { key: 'k', expected: 0, value: 1 });
    await grow('c');
    expect(world.mode('a')).toBe('returning');
    world.filter = () => true;
    await world.reach(() => world.mode('a') === 'placed');
    expect(world.view('founder').members[nodeOf('a')]?.incarnation).toBe(2);
  });

  it('asks again until the leader is back', async () => {
    await grow('a');
    world.crash('a');
    world.crash('founder');
    world.restart('a');
    await world.clock.advance(20_000);
    expect(world.mode('a')).toBe('returning');
    world.restart('founder');
    await world.reach(() => world.mode('a') === 'placed' && world.agree());
  });

  it('whose place was given away gets the next free one', async () => {
    await grow('a', 'b', 'c');
    world.crash('a');
    await condemn('a');
    expect(world.slots('founder')).toEqual(['founder', 'c', 'b']);
    world.restart('a');
    world.believe('a', 'live');
    await world.reach(() => world.mode('a') === 'placed' && world.agree());
    expect(world.slots('a')).toEqual(['founder', 'c', 'b', 'a']);
  });

  it('yields to a later life of the same key', async () => {
    await grow('a', 'b');
    world.node('a').incarnation = 7;
    world.crash('a');
    world.restart('a');
    await world.reach(() => world.mode('a') === 'placed' && world.agree());
    world.crash('a');
    world.node('a').incarnation = 3;
    world.restart('a');
    await world.reach(() => world.mode('a') === 'refused');
    expect(toldOf('a', 'consensus.refused')).toMatchObject([{ body: { code: 'superseded' } }]);
  });
});

describe('a node that is found dead but lives', () => {
  it('notices that it lost its place, and asks for another', async () => {
    await grow('a', 'b');
    await condemn('a');
    world.believe('a', 'live');
    await world.reach(() => world.slots('founder').join() === 'founder,b,a' && world.agree());
    expect(world.mode('a')).toBe('placed');
  });
});

describe('a node that leaves', () => {
  it('is out of all slots and of the roster, and knows it though it can fetch no more', async () => {
    await grow('a', 'b', 'c');
    world.emit('a', 'node.leaving', {});
    await world.reach(() => world.mode('a') === 'departed');
    expect(toldOf('a', 'consensus.departed')).toHaveLength(1);
    expect(world.slots('founder')).toEqual(['founder', 'c', 'b']);
    expect(world.view('founder').members[nodeOf('a')]).toBeUndefined();
  });

  it('departs as well where the answer was lost and it is a stranger by now', async () => {
    await grow('a', 'b');
    let isLost = false;
    world.filter = (from, to, { kind }) => {
      const isAnswer = from === nodeOf('founder') && to === nodeOf('a') && kind === 'consensus.propose';
      if (isAnswer && !isLost) {
        isLost = true;
        return false;
      }
      return !(to === nodeOf('a') && kind === 'consensus.append');
    };
    world.emit('a', 'node.leaving', {});
    await world.reach(() => world.mode('a') === 'departed');
    expect(isLost).toBe(true);
    expect(world.slots('founder')).toEqual(['founder', 'b']);
  });

  it('stays out: its disk alone does not bring it back, a new invitation does', async () => {
    await grow('a', 'b');
    world.emit('a', 'node.leaving', {});
    await world.reach(() => world.mode('a') === 'departed');
    world.crash('a');
    world.restart('a');
    await world.reach(() => world.mode('a') === 'refused');
    expect(toldOf('a', 'consensus.refused')).toMatchObject([{ body: { code: 'refused' } }]);
    world.crash('a');
    world.restart('a', await world.invitation('a'));
    await world.reach(() => world.mode('a') === 'placed' && world.agree());
    expect(world.slots('a')).toEqual(['founder', 'b', 'a']);
    world.crash('a');
    world.restart('a');
    await world.reach(() => world.mode('a') === 'placed');
  });

  it('that sends away others is refused, and stays', async () => {
    await grow('a', 'b');
    const outcome = await world.propose('a', { type: 'leave', node: nodeOf('b') });
    expect(outcome).toMatchObject({ ok: false, code: 'refused' });
    expect(world.slots('founder')).toEqual(['founder', 'a', 'b']);
  });
});

describe('the leader', () => {
  it('repairs several losses with one entry, the last cell among them', async () => {
    await grow('a', 'b', 'c', 'd');
    const { version } = world.view('founder');
    for (const name of ['a', 'd']) world.crash(name);
    await condemn('a', 'd');
    expect(world.slots('founder')).toEqual(['founder', 'c', 'b']);
    expect(world.view('founder').version).toBe(version + 1);
  });

  it('never condemns itself', async () => {
    await grow('a');
    world.emit('founder', 'pulse.condemned', { nodes: [nodeOf('founder')] });
    await world.clock.advance(1_000);
    expect(world.slots('founder')).toEqual(['founder', 'a']);
  });

  it('goes on after a crash where its disk ends, and everybody follows', async () => {
    await grow('a', 'b');
    await world.set('a', { key: 'k', expected: 0, value: 1 });
    const before = world.view('founder');
    world.crash('founder');
    await world.clock.advance(100);
    world.restart('founder');
    await world.reach(() => world.view('founder').members[nodeOf('founder')]?.incarnation === 2 && world.agree());
    expect(world.view('founder').trees).toEqual(before.trees);
    expect(await world.set('b', { key: 'k', expected: before.version, value: 2 })).toMatchObject({ ok: true });
  });
});
