import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/contract/errors.ts';
import { World } from '../../src/runtime/simulation/world.ts';

const WHOLE_MS = 30_000;
const KIB = 1_024;

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** What failed in a way that nobody expects. */
function defects(world: World, index: number): string[] {
  const bad = new Set(['actor.failed', 'actor.effect-failed', 'actor.effects-left', 'membrane.deliver.failed']);
  return world
    .at(index)
    .log.lines.filter(({ event }) => bad.has(event))
    .map(({ event, fields }) => `${event} ${JSON.stringify(fields)}`);
}

describe('a node that pauses', () => {
  it('finishes what a peer has asked of it, before its organs go', async () => {
    const world = await World.grow({ seed: 31, nodes: 5 });
    const put = world.node(3).files.put(bytesOf('a file'), { name: 'a.txt' });
    const outcome = put.then(
      ({ name }) => name,
      (error: unknown) => error,
    );
    // The leader has the question, and waits for copies that are on their way.
    await world.advance(60);
    await world.run(world.at(0).close());
    await world.advance(5_000);
    expect(await outcome).toBe('a.txt');
  });

  it('in the middle of puts and repairs loses nothing that it acknowledged, and fails at nothing', async () => {
    for (const afterMs of [1, 23, 90, 400]) {
      const world = await World.grow({ seed: afterMs, nodes: 6 });
      for (let count = 0; count < 3; count++)
        await world.run(world.node(1).files.put(bytesOf(`${count} `.repeat(70 * KIB)), { name: `early-${count}` }));
      // A death, so that its copies are being made again meanwhile.
      world.crash(5);
      await world.advance(2_500);
      const outcomes = Array.from({ length: 6 }, (_, count) =>
        world
          .node(2)
          .files.put(bytesOf(`${count}.`.repeat(70 * KIB)), { name: `late-${count}` })
          .then(
            ({ name }) => name,
            (error: unknown) => (error instanceof Fault ? undefined : error),
          ),
      );
      await world.advance(afterMs);
      await world.run(world.at(2).close());
      await world.advance(200);
      const kept = (await Promise.all(outcomes)).filter((outcome) => outcome !== undefined);
      expect(kept.filter((outcome) => typeof outcome !== 'string')).toEqual([]);
      await world.restart(2);
      await world.untilWhole(WHOLE_MS);
      for (const name of ['early-0', 'early-1', 'early-2', ...(kept as string[])])
        expect((await world.run(world.node(4).files.verify(name))).missing).toEqual([]);
      expect(defects(world, 2)).toEqual([]);
    }
  });
});
