import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import type { AnyOrgan } from '../../src/actors/any-organ.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import type { NodeEvent } from '../../src/contract/node.ts';
import type { Organ } from '../../src/contract/organ.ts';
import { text } from '../../src/contract/schema.ts';
import { slotOf } from '../../src/contract/slots.ts';
import { World } from '../../src/runtime/simulation/world.ts';

const WHOLE_MS = 30_000;

async function* bytesOf(content: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(content);
}

const put = (world: World, index: number, name: string, content = name) =>
  world.run(world.node(index).files.put(bytesOf(content), { name }));

async function read(world: World, index: number, name: string): Promise<string> {
  const file = await world.run(world.node(index).files.open(name));
  let content = '';
  const reading = (async () => {
    for await (const chunk of file.read()) content += new TextDecoder().decode(chunk);
  })();
  await world.run(reading);
  return content;
}

function cellOf(world: World, index: number, genome: string) {
  const cell = world.node(index).cells.find((one) => one.genome === genome);
  if (cell === undefined) throw new Error(`node ${index} has no ${genome}`);
  return cell;
}

/** A body that no peer could send, as its shape is checked: the organ's own code trips over it. */
const BLOW: { readonly [genome: string]: string } = { shardTree: 'shards.have', ftreeFileMgr: 'tree.answered' };

async function strike(world: World, index: number, genome: string): Promise<void> {
  const { system } = cellOf(world, index, genome);
  await world.run(system.deliver({ kind: BLOW[genome] ?? '', body: undefined, from: world.at(0).id }));
}

/** More failures within the period than the cell's supervision allows. */
async function wear(world: World, index: number, genome: string): Promise<void> {
  for (let blow = 0; blow <= LIMITS.restartIntensity; blow++) await strike(world, index, genome);
}

function follow(world: World, index: number): NodeEvent[] {
  const events: NodeEvent[] = [];
  world.node(index).events$.subscribe((event) => events.push(event));
  return events;
}

const named = (events: readonly NodeEvent[], name: string): NodeEvent[] => events.filter(({ event }) => event === name);

function slotIn(world: World, genome: string, index: number, by = 0): number {
  const map = Object.values(world.node(by).view?.trees ?? {}).find((tree) => tree.genome === genome);
  return map === undefined ? 0 : slotOf(map, world.at(index).id);
}

describe('an organ that throws', () => {
  it('is restarted alone, with its facts, and nothing that was acknowledged is lost', async () => {
    const world = await World.grow({ seed: 41, nodes: 5 });
    await put(world, 2, 'before.txt');
    const { system } = cellOf(world, 2, 'shardTree');
    const fates: string[] = [];
    for (const organ of ['tree', 'shards']) system.watch(organ, ({ fate }) => fates.push(`${organ} ${fate}`));
    const before = world.node(2).localStatus().storage;
    await strike(world, 2, 'shardTree');
    await world.advance(LIMITS.restartBackoffMinMs * 4);
    expect(fates).toEqual(['shards failed', 'shards restarted']);
    expect(world.node(2).localStatus().storage).toEqual(before);
    expect(await read(world, 2, 'before.txt')).toBe('before.txt');
    await put(world, 2, 'after.txt');
    expect((await world.status()).nodes.flatMap(({ failures }) => failures)).toEqual([]);
    expect(world.flaws()).toEqual([]);
  });
});

describe('a cell whose organ fails for good', () => {
  it('hands its shards on, gives up its slot and is reported, while the node goes on with its other cells', async () => {
    const world = await World.grow({ seed: 42, nodes: 6 });
    for (const name of ['a.txt', 'b.txt', 'c.txt']) await put(world, 3, name, name.repeat(9_000));
    const events = follow(world, 3);
    const slots = [slotIn(world, 'shardTree', 3), slotIn(world, 'ftreeFileMgr', 3)];
    await wear(world, 3, 'shardTree');
    await world.until(() => named(events, 'relieved').length > 0, 20_000, 'the cell leaves');
    await world.advance(5_000);
    expect(slotIn(world, 'shardTree', 3)).toBe(0);
    expect([slots[0], slotIn(world, 'ftreeFileMgr', 3)]).toEqual([slots[0], slots[1]]);
    expect(named(events, 'failed')).toEqual([
      { event: 'failed', genome: 'shardTree', organ: 'shards', error: expect.any(String), node: false },
    ]);
    const status = await world.status();
    const reported = status.nodes.find(({ id }) => id === world.at(3).id);
    expect(reported).toMatchObject({ state: 'live', failures: [{ genome: 'shardTree', organ: 'shards' }] });
    expect(status.storage.underReplicated).toBe(0);
    expect(status.trees.map(({ cells }) => cells.length)).toEqual([5, 6]);
    expect(world.node(3).ready()).toBe(true);
    for (const index of [0, 3, 5]) expect(await read(world, index, 'b.txt')).toBe('b.txt'.repeat(9_000));
    await put(world, 3, 'd.txt');
    expect(await read(world, 1, 'd.txt')).toBe('d.txt');
  });

  it('comes back with the next start of its node, at the end of its tree', async () => {
    const world = await World.grow({ seed: 43, nodes: 5 });
    const events = follow(world, 1);
    await wear(world, 1, 'shardTree');
    await world.until(() => named(events, 'relieved').length > 0, 20_000, 'the cell leaves');
    world.crash(1);
    await world.advance(100);
    await world.restart(1);
    await world.untilWhole(WHOLE_MS);
    expect(slotIn(world, 'shardTree', 1)).toBe(5);
    expect((await world.status()).nodes.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('keeps its slot until there is authority to give it up', async () => {
    const world = await World.grow({ seed: 44, nodes: 5 });
    const events = follow(world, 4);
    world.crash(0);
    await world.advance(15_000);
    await wear(world, 4, 'shardTree');
    await world.advance(20_000);
    expect(named(events, 'relieved')).toEqual([]);
    expect(slotIn(world, 'shardTree', 4, 1)).toBeGreaterThan(0);
    await world.restart(0);
    await world.until(() => named(events, 'relieved').length > 0, 90_000, 'the cell leaves');
    expect(slotIn(world, 'shardTree', 4)).toBe(0);
  });

  it('can be the leader’s, which goes on leading', async () => {
    const world = await World.grow({ seed: 45, nodes: 5 });
    const events = follow(world, 0);
    await wear(world, 0, 'shardTree');
    await world.until(() => named(events, 'relieved').length > 0, 20_000, 'the cell leaves');
    await put(world, 0, 'still.txt');
    expect(await read(world, 3, 'still.txt')).toBe('still.txt');
    expect(slotIn(world, 'shardTree', 0)).toBe(0);
  });
});

describe('a node that can’t go on', () => {
  it('ends in good order when the last of its cells has failed', async () => {
    const world = await World.grow({ seed: 46, nodes: 5 });
    const events = follow(world, 2);
    for (const genome of ['shardTree', 'ftreeFileMgr']) await wear(world, 2, genome);
    await world.until(() => named(events, 'stopped').length > 0, 30_000, 'the node ends');
    expect(named(events, 'failed').at(-1)).toMatchObject({ genome: 'ftreeFileMgr', organ: 'tree', node: true });
  });

  it('ends when an organ fails that all its cells share, and is replaced', async () => {
    const world = await World.grow({ seed: 47, nodes: 6 });
    await put(world, 2, 'kept.txt');
    const events = follow(world, 2);
    const blow = { kind: 'pulse.alert', body: undefined, from: world.at(0).id };
    for (let count = 0; count <= LIMITS.restartIntensity; count++) await world.run(world.at(2).stem.deliver(blow));
    await world.until(() => named(events, 'stopped').length > 0, 20_000, 'the node ends');
    expect(named(events, 'failed')).toMatchObject([{ genome: 'stem', organ: 'pulse', node: true }]);
    world.crash(2);
    await world.restart(2);
    await world.untilWhole(90_000);
    expect(await read(world, 2, 'kept.txt')).toBe('kept.txt');
  });
});

describe('a message that makes its organ throw', () => {
  /** Throws at everything that begins with `poison`. */
  const touchy = (posted: string[], blows: { count: number }): AnyOrgan => {
    const organ: Organ<null> = {
      id: 'notes',
      machine: createMachine({ initial: 'ready', states: { ready: {} } }),
      begin: () => ({ facts: null }),
      messages: { 'notes.post': text(100) },
      answers: {},
      receive: {
        'notes.send': (facts, { body }: { body: { to: string; note: string } }) => ({
          facts,
          effects: [{ effect: 'queue', to: { cell: body.to }, tree: null, kind: 'notes.post', body: body.note }],
        }),
        'notes.ask': (facts, { body }: { body: { to: string; note: string } }) => ({
          facts,
          effects: [{ effect: 'tell', to: body.to, tree: null, kind: 'notes.post', body: body.note }],
        }),
        'notes.post': (facts, { body }: { body: string }) => {
          if (body.startsWith('poison')) {
            blows.count += 1;
            throw new Error('boom');
          }
          posted.push(body);
          return { facts };
        },
      },
      actions: {},
      effects: {},
    };
    return organ as AnyOrgan;
  };

  async function desk(seed: number) {
    const posted: string[] = [];
    const blows = { count: 0 };
    const world = await World.grow({ seed, nodes: 4, organsOf: () => [touchy(posted, blows)] });
    const say = (how: 'send' | 'ask', from: number, note: string) =>
      world.run(world.at(from).stem.deliver({ kind: `notes.${how}`, body: { to: world.at(2).id, note } }));
    return { world, posted, blows, say };
  }

  it('becomes a dead letter after its tries, and what is queued behind it is applied', async () => {
    const { world, posted, blows, say } = await desk(48);
    const events = follow(world, 2);
    for (const note of ['first', 'poison', 'last']) await say('send', 1, note);
    await world.advance(LIMITS.poisonTries * LIMITS.outboxHoldMaxMs + 5_000);
    expect(blows.count).toBe(LIMITS.poisonTries);
    expect(posted).toEqual(['first', 'last']);
    expect(world.node(1).letters.list().letters).toMatchObject([{ reason: 'internal', kind: 'notes.post' }]);
    expect(named(events, 'failed')).toEqual([]);
    // Whoever says the same is told so at once, for a while.
    await say('send', 3, 'poison');
    await say('send', 3, 'other');
    await world.advance(3_000);
    expect(blows.count).toBe(LIMITS.poisonTries);
    expect(posted).toEqual(['first', 'last', 'other']);
    expect(world.node(3).letters.list().letters).toHaveLength(1);
  });

  it('is kept from the organ after its tries where nobody waits for it, too', async () => {
    const { world, posted, blows, say } = await desk(49);
    const events = follow(world, 2);
    for (let count = 0; count < 12; count++) {
      await say('ask', 1, 'poison');
      await world.advance(500);
    }
    await say('ask', 1, 'fine');
    await world.advance(2_000);
    expect(blows.count).toBe(LIMITS.poisonTries);
    expect(posted).toEqual(['fine']);
    expect(named(events, 'failed')).toEqual([]);
  });
});
