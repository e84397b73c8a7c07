import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Input } from '../../../src/contract/organ.ts';
import type { ShardContext } from '../../../src/organs/shards/context.ts';
import { createHints } from '../../../src/organs/shards/hints.ts';
import { shardMessages } from '../../../src/organs/shards/messages.ts';
import { inSlices, inWindow } from '../../../src/organs/shards/window.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { flawOf } from '../../../src/runtime/node/schema-check.ts';
import { bytesOf, World } from './fake-tree.ts';
import { hashes, idOf } from './fake-view.ts';

describe('the bounds', () => {
  it('of a put: so many cells are tried, the best ranked ones', async () => {
    const world = new World(LIMITS.spreadCellsMax + 4);
    world.fault = ({ kind }) => (kind === 'push' ? 'unreachable' : undefined);
    expect(await world.codeOf(world.at(0).shards.service.put(bytesOf(1)))).toBe('not-enough-cells');
    const tried = new Set(world.sent('push').map(({ to }) => to));
    expect(tried.size).toBeGreaterThanOrEqual(LIMITS.spreadCellsMax - 1);
    expect(tried.size).toBeLessThanOrEqual(LIMITS.spreadCellsMax);
  });

  it('of a search: so many cells are asked at once', async () => {
    const world = new World(40);
    let open = 0;
    let most = 0;
    for (const { shards } of world.nodes) {
      Object.assign(shards.inbound, {
        get: async () => {
          open += 1;
          most = Math.max(most, open);
          await new Promise<void>((resolve) => void world.clock.schedule(20, resolve));
          open -= 1;
          return undefined;
        },
      });
    }
    expect(await world.codeOf(world.at(0).shards.service.get(sha256Hex('nothing')))).toBe('not-found');
    expect(most).toBe(LIMITS.seekWindow);
  });

  it('of a question: so many hashes and no more', () => {
    const schema = shardMessages['shards.have'] as never;
    const body = (count: number): object => ({ hashes: hashes(count), held: true, promise: false });
    expect(flawOf(schema, body(LIMITS.haveBatchMax))).toBeUndefined();
    expect(flawOf(schema, body(LIMITS.haveBatchMax + 1))).toContain('more than');
    expect(Buffer.byteLength(JSON.stringify(body(LIMITS.haveBatchMax)))).toBeLessThan(LIMITS.messageBytesMax);
    const hints = { shards: hashes(LIMITS.haveBatchMax).map((hash) => ({ hash, from: idOf(0) })) };
    expect(flawOf(shardMessages['shards.fetch'] as never, hints)).toBeUndefined();
    expect(Buffer.byteLength(JSON.stringify(hints))).toBeLessThan(LIMITS.messageBytesMax);
  });

  it('of hints: those beyond are left to the reconciliation', async () => {
    const queued: number[] = [];
    const told: Input[] = [];
    const tree = {
      self: idOf(0),
      queue: async (_to: string, _kind: string, body: { shards: unknown[] }) => void queued.push(body.shards.length),
    };
    const context = { tree, ports: { log: memoryLog() }, post: { tell: (input: Input) => told.push(input) } };
    const hints = createHints(context as unknown as ShardContext);
    for (const hash of hashes(LIMITS.hintsMax + 1)) hints.owe(idOf(1), hash, idOf(2));
    hints.owe(idOf(0), sha256Hex('own'), idOf(2));
    await hints.flush();
    expect(queued.reduce((sum, count) => sum + count, 0)).toBe(LIMITS.hintsMax);
    expect(Math.max(...queued)).toBe(LIMITS.haveBatchMax);
    await hints.flush();
    expect(queued.length).toBe(LIMITS.hintsMax / LIMITS.haveBatchMax);
  });
});

describe('a window', () => {
  it('works on so many items at once, in their order, and ends with the first error', async () => {
    let open = 0;
    let most = 0;
    const begun: number[] = [];
    const work = async (item: number): Promise<void> => {
      begun.push(item);
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
      if (item === 10) throw new Error('the tenth');
    };
    const items = Array.from({ length: 30 }, (_, index) => index);
    await expect(inWindow(items, 4, work)).rejects.toThrow('the tenth');
    expect(open).toBe(0);
    expect(most).toBe(4);
    expect(begun).toEqual(items.slice(0, begun.length));
    expect(begun.length).toBeLessThan(16);
  });

  it('of slices lets the event loop do something else after each', async () => {
    const clock = new VirtualClock();
    let visited = 0;
    const done = inSlices(clock, Array.from({ length: 25 }), 10, () => {
      visited += 1;
    });
    expect(visited).toBe(10);
    await clock.advance(1);
    await done;
    expect(visited).toBe(25);
    expect(clock.eventsRun).toBe(2);
  });
});
