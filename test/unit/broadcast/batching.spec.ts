import { describe, expect, it } from 'vitest';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { Chorus } from './chorus.ts';

interface Figures {
  /** Questions and answers of the organ, by broadcasts. */
  readonly sendsEach: number;
  readonly requestsEach: number;
  /** From the publication until the last cell was told, milliseconds. */
  readonly medianMs: number;
  readonly maxMs: number;
}

/** Cells all over the tree tell the others something, at an even pace. */
function measure(nodes: number, latencyMs: number, count: number, everyMs: number): Figures {
  const chorus = new Chorus({ nodes, latencyMs });
  const draw = seededEntropy(7);
  const before = chorus.sent('broadcast.');
  const asked = chorus.sent('broadcast.forward') / 2;
  const toldAt: number[] = [];
  for (let body = 0; body < count; body++) {
    toldAt.push(chorus.stage.now);
    chorus.tell(chorus.at(1 + Math.floor(draw.float() * nodes)), body, false);
    chorus.stage.advance(everyMs);
  }
  chorus.stage.advance(2_000);
  const heard = Array.from({ length: count }, () => ({ times: 0, lastAt: 0 }));
  for (const { at, body } of chorus.stage.toldOf<{ readonly body: number }>('broadcast.received')) {
    const one = heard[body.body];
    if (one !== undefined) heard[body.body] = { times: one.times + 1, lastAt: at };
  }
  expect(heard.every(({ times }) => times === nodes)).toBe(true);
  const latencies = heard.map(({ lastAt }, body) => lastAt - (toldAt[body] ?? 0)).sort((a, b) => a - b);
  return {
    sendsEach: (chorus.sent('broadcast.') - before) / count,
    requestsEach: (chorus.sent('broadcast.forward') / 2 - asked) / count,
    medianMs: latencies[Math.floor(count / 2)] ?? 0,
    maxMs: latencies.at(-1) ?? 0,
  };
}

describe('25 cells over links of 100 ms', () => {
  it('take fewer than 20 sends a broadcast at 50 a second, answers included, and hear it soon', () => {
    const { sendsEach, medianMs, maxMs } = measure(25, 100, 120, 20);
    expect(sendsEach).toBeLessThan(20);
    expect(medianMs).toBeLessThan(400);
    expect(maxMs).toBeLessThan(600);
  });

  it('take fewer than 30 requests for one that comes alone, and hear it as soon as the tree is deep', () => {
    const { requestsEach, medianMs, maxMs } = measure(25, 100, 6, 12_000);
    // One to the root and one to every other cell: the tree's edges, not wider, since nothing was told lately.
    expect(requestsEach).toBeLessThanOrEqual(25);
    expect(medianMs).toBeLessThan(450);
    expect(maxMs).toBeLessThan(600);
  });
});
