import { describe, expect, it } from 'vitest';
import { NewestWins } from '../../../src/runtime/membrane/newest-wins.ts';

/** A link with room for two batches of three, and four values waiting. */
function link() {
  const batches: number[][] = [];
  const evicted: number[] = [];
  const finish: (() => void)[] = [];
  const values = new NewestWins<number>({
    waitingMax: 4,
    concurrent: 2,
    take: (waiting) => Math.min(3, waiting.length),
    send: (batch, done) => {
      batches.push([...batch]);
      finish.push(done);
    },
    evict: (value) => void evicted.push(value),
  });
  const push = (...all: readonly number[]): void => {
    for (const value of all) values.push(value);
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { values, push, batches, evicted, finish, turn };
}

describe('newest wins', () => {
  it('sends what one turn brings together, and nothing within the call', async () => {
    const { push, batches, turn } = link();
    push(1, 2);
    expect(batches).toEqual([]);
    await turn();
    push(3);
    await turn();
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it('lets the rest wait, the newest of it only, and goes on when a batch is done', async () => {
    const { push, batches, evicted, finish, turn } = link();
    push(1, 2, 3, 4);
    await turn();
    expect(batches).toEqual([[1, 2, 3], [4]]);
    push(5, 6, 7, 8, 9, 10);
    await turn();
    expect([batches.length, evicted]).toEqual([2, [5, 6]]);
    finish[0]?.();
    expect(batches.at(-1)).toEqual([7, 8, 9]);
    finish[1]?.();
    finish[2]?.();
    expect(batches.slice(2)).toEqual([[7, 8, 9], [10]]);
  });

  it('goes on where a batch is done before its call has ended', async () => {
    const batches: number[][] = [];
    const options = { waitingMax: 9, concurrent: 1, take: () => 2, evict: () => undefined };
    const values = new NewestWins<number>({
      ...options,
      send: (batch, done) => {
        batches.push([...batch]);
        done();
      },
    });
    for (const value of [1, 2, 3, 4, 5]) values.push(value);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('sends nothing once it is closed', async () => {
    const { values, push, batches, turn } = link();
    push(1);
    values.close();
    push(2);
    await turn();
    expect(batches).toEqual([]);
  });
});
