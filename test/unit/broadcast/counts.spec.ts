import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { Chorus } from './chorus.ts';

const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);

/** What was confirmed of one broadcast from the depth of a tree, and how many cells had it by then. */
function tellOnce(seed: number, loss: number, how: (chorus: Chorus) => void = () => undefined) {
  const chorus = new Chorus({ nodes: 25, seed, loss });
  chorus.stage.advance(10_000);
  how(chorus);
  const outcome = chorus.tell(chorus.at(23), 'hello', { deadlineMs: 10_000 });
  while (outcome.confirmed === undefined) chorus.stage.advance(10);
  const had = chorus.nodes.filter((node) => chorus.heard(node).includes('hello')).length;
  return { confirmed: outcome.confirmed, had };
}

describe('the count of a confirmed broadcast', () => {
  it('is never too high, whatever is lost, repeated or crashes', () => {
    for (const seed of SEEDS) {
      const crash = (chorus: Chorus): void => {
        for (const slot of [2 + (seed % 5), 7 + seed]) chorus.stage.crash(chorus.at(slot));
      };
      const { confirmed, had } = tellOnce(seed, 0.2, seed % 2 === 0 ? crash : undefined);
      expect(confirmed).toBeLessThanOrEqual(had);
      expect(confirmed).toBeGreaterThan(0);
    }
  });

  it('is whole at 5 % loss most of the time, because what was not answered is said again', () => {
    const counts = SEEDS.map((seed) => tellOnce(seed, 0.05).confirmed);
    expect(counts.filter((count) => count === 25).length).toBeGreaterThanOrEqual(6);
  });

  it('comes at the deadline with what is known by then', () => {
    const chorus = new Chorus({ nodes: 25 });
    const island = new Set(chorus.nodes.slice(0, 10));
    chorus.stage.link = (from, to) => island.has(from) === island.has(to);
    const outcome = chorus.tell(chorus.at(3), 'hello', { deadlineMs: 1_500 });
    chorus.stage.advance(750);
    expect(outcome).toEqual({});
    // Each level keeps a little of the time for its own answer.
    chorus.stage.advance(750);
    expect(outcome).toMatchObject({ number: 1, cells: 25 });
    expect(outcome.confirmed).toBeLessThanOrEqual(10);
    expect(outcome.confirmed).toBeGreaterThan(1);
  });

  it('waits no longer than the limit, whatever is asked for', () => {
    const chorus = new Chorus({ nodes: 3 });
    chorus.stage.link = () => false;
    const outcome = chorus.tell(chorus.at(2), 'hello', { deadlineMs: LIMITS.broadcastConfirmMaxMs * 10 });
    chorus.stage.advance(LIMITS.broadcastConfirmMaxMs + 1);
    expect(outcome).toMatchObject({ confirmed: 1 });
  });
});
