import { describe, expect, it } from 'vitest';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import {
  bandwidth,
  corruption,
  delay,
  duplication,
  halfOpen,
  loss,
  type Rule,
  reordering,
  replay,
  Weather,
} from '../../../src/runtime/simulation/weather.ts';

const request = { route: 'frame', lane: 'control', bytes: new Uint8Array(1_000), signature: '' } as const;

function sky() {
  const crashed: number[] = [];
  const clock = { now: 0 };
  const weather = new Weather({
    delayMs: [10, 10],
    draw: seededEntropy(1),
    entropy: seededEntropy(2),
    indexOf: Number,
    now: () => clock.now,
    crash: (index) => crashed.push(index),
  });
  const passage = (from = 0, to = 1, leg: 'request' | 'reply' = 'request') =>
    weather.passage(String(from), String(to), request, leg);
  return { weather, passage, crashed, clock };
}

/** The share of a thousand legs that `has` holds for. */
function share(rule: Rule, has: (passage: ReturnType<Weather['passage']>) => boolean): number {
  const { weather, passage } = sky();
  weather.set(rule);
  return Array.from({ length: 1_000 }, () => passage()).filter(has).length / 1_000;
}

describe('a rule of the network', () => {
  it('changes about as many legs as its rate says', () => {
    expect(share(loss({ rate: 0.2 }), ({ deliver }) => !deliver)).toBeCloseTo(0.2, 1);
    expect(share(duplication({ rate: 0.3 }), ({ duplicate }) => duplicate === true)).toBeCloseTo(0.3, 1);
    expect(share(corruption({ rate: 0.1 }), ({ corrupt }) => corrupt === true)).toBeCloseTo(0.1, 1);
    expect(share(reordering({ rate: 0.5, byMs: 100 }), ({ delayMs }) => delayMs > 10)).toBeCloseTo(0.5, 1);
    expect(
      share(replay({ rate: 0.4, withinMs: 500 }), ({ replayedAfterMs }) => replayedAfterMs !== undefined),
    ).toBeCloseTo(0.4, 1);
  });

  it('adds its delay to every leg, within its bounds', () => {
    const { weather, passage } = sky();
    weather.set(delay({ minMs: 50, maxMs: 60 }));
    const delays = Array.from({ length: 200 }, () => passage().delayMs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(60);
    expect(Math.max(...delays)).toBeLessThan(70);
  });

  it('lets legs of one link queue for its bandwidth, and other links alone', () => {
    const { weather, passage, clock } = sky();
    weather.set(bandwidth({ bytesPerSecond: 10_000 }));
    expect([passage(), passage(), passage(0, 2), passage(1, 0)].map(({ delayMs }) => delayMs)).toEqual([
      110, 210, 110, 110,
    ]);
    clock.now = 1_000;
    expect(passage().delayMs).toBe(110);
  });

  it('loses the answers of half-open links, and nothing else', () => {
    const { weather, passage } = sky();
    weather.set(halfOpen({ from: [0], to: [1] }));
    expect(passage(0, 1).replyLost).toBe(true);
    for (const other of [passage(1, 0), passage(0, 2), passage(0, 1, 'reply')]) expect(other.replyLost).toBeUndefined();
  });

  it('is about the legs that it names', () => {
    const { weather, passage } = sky();
    weather.set(loss({ rate: 1, nodes: [3] }));
    weather.set(loss({ rate: 1, from: [5] }));
    const lost = [
      [3, 1],
      [1, 3],
      [5, 1],
      [1, 5],
      [1, 2],
    ].map(([from, to]) => !passage(from, to).deliver);
    expect(lost).toEqual([true, true, true, false, false]);
  });

  it('draws from a stream of its own: one rule more or less changes no other', () => {
    const lossesWith = (...others: Rule[]): boolean[] => {
      const { weather, passage } = sky();
      for (const [index, rule] of others.entries()) weather.set(rule, `other-${index}`);
      weather.set(loss({ rate: 0.5 }), 'mine');
      return Array.from({ length: 100 }, () => passage().deliver);
    };
    expect(lossesWith(duplication({ rate: 0.5 }), corruption({ rate: 0.5 }))).toEqual(lossesWith());
  });

  it('ends with its guard, once, though the same rule was set twice', () => {
    const { weather, passage } = sky();
    const rule = loss({ rate: 1 });
    const [first, second] = [weather.set(rule), weather.set(rule)];
    first.dispose();
    first.dispose();
    expect(passage().deliver).toBe(false);
    second[Symbol.dispose]();
    expect(passage().deliver).toBe(true);
  });
});

describe('a death that waits', () => {
  it('comes at the next request, or at the next answer, of that process alone', () => {
    const { weather, passage, crashed } = sky();
    weather.doom(1, 'request');
    weather.doom(2, 'reply');
    for (const [from, leg] of [
      [0, 'request'],
      [1, 'reply'],
      [2, 'request'],
    ] as const)
      expect(passage(from, 3, leg).deliver).toBe(true);
    expect(crashed).toEqual([]);
    expect(passage(1, 3, 'request').deliver).toBe(false);
    expect(passage(2, 3, 'reply').deliver).toBe(false);
    expect(crashed).toEqual([1, 2]);
  });

  it('can be taken back', () => {
    const { weather, passage, crashed } = sky();
    weather.doom(1, 'request');
    weather.spare(1);
    expect([passage(1, 3).deliver, crashed]).toEqual([true, []]);
  });
});
