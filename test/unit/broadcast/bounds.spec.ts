import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { archived, EMPTY_ARCHIVE } from '../../../src/organs/broadcast/archive.ts';
import { Chorus, TREE } from './chorus.ts';

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('bounds', () => {
  it('keeps the last messages of a tree, up to the limit', () => {
    const chorus = new Chorus({ nodes: 2 });
    for (const number of counting(LIMITS.broadcastRetained + 1)) {
      chorus.tell(chorus.at(1), number, false);
      chorus.stage.advance(1);
    }
    chorus.stage.advance(1_000);
    const archive = chorus.facts(chorus.at(2)).trees[TREE]?.archive ?? EMPTY_ARCHIVE;
    const retained = [...archived(archive)];
    expect(retained).toHaveLength(LIMITS.broadcastRetained);
    expect(retained[0]?.message.body.body).toBe(1);
  });

  it('waits for a gap no longer than so many messages are held', () => {
    const chorus = new Chorus({ nodes: 3, latencyMs: 1 });
    const [origin, deaf] = [chorus.at(1), chorus.at(3)];
    chorus.stage.link = (_from, to) => to !== deaf;
    chorus.tell(origin, 'missed', false);
    chorus.stage.advance(5);
    chorus.stage.link = () => true;
    for (const number of counting(LIMITS.broadcastHeldMax)) chorus.tell(origin, number, false);
    chorus.stage.advance(LIMITS.broadcastGatherMs + 30);
    expect(chorus.heard(deaf)).toEqual([]);
    chorus.tell(origin, 'one more', false);
    chorus.stage.advance(10);
    expect(chorus.heard(deaf)).toEqual([...counting(LIMITS.broadcastHeldMax), 'one more']);
  });

  it('counts no more than so many broadcasts at once, and says so', () => {
    const chorus = new Chorus({ nodes: 2 });
    chorus.stage.link = () => false;
    const outcomes = counting(LIMITS.broadcastGathersMax + 1).map((number) => {
      const outcome = chorus.tell(chorus.at(1), number);
      chorus.stage.advance(1);
      return outcome;
    });
    expect(outcomes.map(({ code }) => code).filter((code) => code !== undefined)).toEqual(['busy']);
  });
});
