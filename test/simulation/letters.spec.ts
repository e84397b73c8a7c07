import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import type { AnyOrgan } from '../../src/actors/any-organ.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import type { Organ, Recipient } from '../../src/contract/organ.ts';
import { text } from '../../src/contract/schema.ts';
import { World } from '../../src/runtime/simulation/world.ts';

/** What each node's organ of notes was posted, and whether it takes any. */
class Notes {
  readonly posted: string[][] = [];
  readonly refusing = new Set<number>();

  organ(index: number): AnyOrgan {
    const posted: string[] = [];
    this.posted[index] = posted;
    const organ: Organ<null> = {
      id: 'notes',
      machine: createMachine({ initial: 'ready', states: { ready: {} } }),
      begin: () => ({ facts: null }),
      messages: { 'notes.post': text(100) },
      answers: {},
      receive: {
        'notes.send': (facts, { body }: { body: { to: Recipient; note: string } }) => ({
          facts,
          effects: [{ effect: 'queue', to: body.to, tree: null, kind: 'notes.post', body: body.note }],
        }),
        'notes.post': (facts, { body }: { body: string }) => {
          if (this.refusing.has(index)) return { facts, effects: [{ effect: 'refuse', code: 'conflict' }] };
          posted.push(body);
          return { facts };
        },
      },
      actions: {},
      effects: {},
    };
    return organ as AnyOrgan;
  }
}

async function grown(seed: number, nodes: number): Promise<{ world: World; notes: Notes }> {
  const notes = new Notes();
  const world = await World.grow({ seed, nodes, organsOf: ({ index }) => [notes.organ(index)] });
  return { world, notes };
}

const send = (world: World, from: number, to: Recipient, note: string) =>
  world.run(world.at(from).stem.deliver({ kind: 'notes.send', body: { to, note } }));

describe('letters of a node', () => {
  it('are sent again once, and applied once its receiver takes them', async () => {
    const { world, notes } = await grown(31, 4);
    notes.refusing.add(2);
    for (const note of ['first', 'second', 'third']) await send(world, 1, { cell: world.at(2).id }, note);
    await world.advance(2_000);
    const { letters } = world.node(1);
    expect(letters.list().letters.map(({ number, reason }) => [number, reason])).toEqual([
      [1, 'conflict'],
      [2, 'conflict'],
      [3, 'conflict'],
    ]);
    expect((await world.status()).queues).toEqual({ outbox: 0, deadLetters: 3 });
    notes.refusing.clear();
    const message = await world.run(letters.replay(2));
    await expect(world.run(letters.replay(2))).rejects.toMatchObject({ code: 'not-found' });
    await world.run(letters.drop(3));
    await world.advance(2_000);
    expect(message).toBeGreaterThan(3);
    expect(notes.posted[2]).toEqual(['second']);
    expect(letters.list().letters.map(({ number }) => number)).toEqual([1]);
    expect(letters.read(1)).toMatchObject({ message: 1, replays: null, body: 'first', kind: 'notes.post' });
    expect(() => letters.read(2)).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  it('survive a crash, and a replay that was acknowledged does, too', async () => {
    const { world, notes } = await grown(32, 4);
    notes.refusing.add(3);
    for (const note of ['kept', 'replayed']) await send(world, 1, { cell: world.at(3).id }, note);
    await world.advance(2_000);
    notes.refusing.clear();
    world.crash(3);
    await world.run(world.node(1).letters.replay(2));
    world.crash(1);
    await world.advance(500);
    for (const index of [1, 3]) await world.restart(index);
    await world.untilWhole(30_000);
    await world.advance(5_000);
    expect(notes.posted[3]).toEqual(['replayed']);
    expect(
      world
        .node(1)
        .letters.list()
        .letters.map(({ number }) => number),
    ).toEqual([1]);
  });

  it('follow a role to its new holder, and are listed page by page', async () => {
    const { world, notes } = await grown(33, 6);
    const tree = Object.values(world.node(0).view?.trees ?? {})[0];
    if (tree === undefined) throw new Error('there is a tree');
    const holder = world.indexOf(tree.slots[2]?.node ?? '');
    world.crash(holder);
    await send(world, 1, { tree: tree.tree, slot: 3 }, 'to whoever sits there');
    await world.untilWhole(30_000);
    // The frame to the old holder is waited for first, so that as few messages as possible arrive twice.
    await world.advance(LIMITS.outboxDeadlineMs + 3_000);
    const now = Object.values(world.node(0).view?.trees ?? {})[0]?.slots[2]?.node ?? '';
    expect(notes.posted[world.indexOf(now)]).toEqual(['to whoever sits there']);
    notes.refusing.add(0);
    for (let count = 0; count < 5; count++) await send(world, 1, { cell: world.at(0).id }, `note ${count}`);
    await world.advance(2_000);
    const { letters } = world.node(1);
    const first = letters.list({ limit: 3 });
    expect([first.letters.length, first.next]).toEqual([3, first.letters[2]?.number]);
    const rest = letters.list({ after: first.next ?? 0, limit: LIMITS.lettersPageMax });
    expect([rest.letters.length, rest.next]).toEqual([2, null]);
  });
});
