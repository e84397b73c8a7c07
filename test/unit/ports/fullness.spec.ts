import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Write } from '../../../src/contract/ports.ts';
import { Fullness } from '../../../src/runtime/store/fullness.ts';

const put: readonly Write[] = [{ table: 'facts', key: 'k', value: 1 }];
const removal: readonly Write[] = [{ table: 'facts', key: 'k', remove: true }];

describe('a disk that may be full', () => {
  it('is asked for everything while it has room', () => {
    const fullness = new Fullness(() => 0);
    expect([fullness.full, fullness.admits(put), fullness.admits(put), fullness.hasRoom()]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('is asked for removals, and for one commit in each interval, once it was full', () => {
    let now = 500;
    const fullness = new Fullness(() => now);
    expect([fullness.filled(), fullness.filled()]).toEqual([true, false]);
    expect([fullness.admits(removal), fullness.admits([]), fullness.admits(put)]).toEqual([true, true, false]);
    now += LIMITS.storeRetryMs - 1;
    expect(fullness.admits(put)).toBe(false);
    now += 1;
    expect([fullness.admits(put), fullness.admits(put), fullness.full]).toEqual([true, false, true]);
    now += LIMITS.storeRetryMs;
    expect(fullness.admits([...put, ...removal])).toBe(true);
  });

  it('is news once in a while, though it has room and none by turns', () => {
    let now = 0;
    const fullness = new Fullness(() => now);
    const news: string[] = [];
    for (; now < 2.5 * LIMITS.unstoredLogMs; now += LIMITS.storeRetryMs) {
      if (fullness.filled()) news.push('full');
      if (fullness.hasRoom()) news.push('room');
    }
    expect(news).toEqual(['full', 'room', 'full', 'room', 'full', 'room']);
  });

  it('is known to have room as soon as it took something', () => {
    const fullness = new Fullness(() => 0);
    fullness.filled();
    expect([fullness.hasRoom(), fullness.hasRoom(), fullness.full, fullness.admits(put)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
