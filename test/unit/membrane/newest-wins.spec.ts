import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { newestWins } from '../../../src/runtime/membrane/newest-wins.ts';

/** A link with room for two batches of three, and four values waiting. */
function link() {
  const values = new Subject<number>();
  const batches: number[][] = [];
  const evicted: number[] = [];
  const finish: (() => void)[] = [];
  const emitted: unknown[] = [];
  const options = {
    waitingMax: 4,
    concurrent: 2,
    take: (waiting: readonly number[]) => Math.min(3, waiting.length),
    send: (batch: readonly number[]) => {
      batches.push([...batch]);
      return new Promise<void>((resolve) => finish.push(resolve));
    },
    evict: (value: number) => void evicted.push(value),
  };
  const subscription = values.pipe(newestWins(options)).subscribe({
    next: (size) => emitted.push(size),
    complete: () => emitted.push('complete'),
    error: (error) => emitted.push(error),
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { values, batches, evicted, finish, emitted, subscription, turn };
}

describe('newestWins', () => {
  it('sends what one turn brings together, and nothing within the call', async () => {
    const { values, batches, turn } = link();
    values.next(1);
    values.next(2);
    expect(batches).toEqual([]);
    await turn();
    values.next(3);
    await turn();
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it('lets the rest wait, the newest of it only, and goes on when a batch is done', async () => {
    const { values, batches, evicted, finish, emitted, turn } = link();
    for (const value of [1, 2, 3, 4]) values.next(value);
    await turn();
    expect(batches).toEqual([[1, 2, 3], [4]]);
    for (const value of [5, 6, 7, 8, 9, 10]) values.next(value);
    await turn();
    expect([batches.length, evicted]).toEqual([2, [5, 6]]);
    finish[0]?.();
    await turn();
    expect([batches.at(-1), emitted]).toEqual([[7, 8, 9], [3]]);
  });

  it('completes once all is done', async () => {
    const { values, finish, emitted, turn } = link();
    values.next(1);
    values.complete();
    await turn();
    expect(emitted).toEqual([]);
    finish[0]?.();
    await turn();
    expect(emitted).toEqual([1, 'complete']);
  });

  it('passes an error on, and sends nothing more', async () => {
    const { values, batches, emitted, turn } = link();
    values.next(1);
    values.error('broken');
    await turn();
    expect([batches, emitted]).toEqual([[], ['broken']]);
  });

  it('sends nothing once nobody listens', async () => {
    const { values, batches, subscription, turn } = link();
    values.next(1);
    subscription.unsubscribe();
    await turn();
    expect(batches).toEqual([]);
  });
});
