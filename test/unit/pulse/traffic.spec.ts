import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { nodeName } from '../../stage/organism.ts';
import { Society } from './society.ts';

const at = (society: Society, slot: number) => society.nodes[slot - 1] as string;

describe('traffic while nothing happens', () => {
  it.each([
    { nodes: 5, max: 4.2 },
    { nodes: 20, max: 8.5 },
  ])('is one exchange per edge and second among $nodes nodes', ({ nodes, max }) => {
    const society = new Society({ nodes });
    society.stage.advance(10_000);
    for (const counts of society.stage.sent.values()) counts.clear();
    society.stage.advance(60_000);
    const busiest = society.nodes.map((node) => {
      const counts = society.stage.sent.get(node);
      return ((counts?.get('pulse.probe') ?? 0) + (counts?.get('pulse.probe:answer') ?? 0)) / 60;
    });
    expect(Math.max(...busiest)).toBeLessThan(max);
    const kinds = [...society.stage.sent.values()].flatMap((counts) => [...counts.keys()]);
    expect(new Set(kinds)).toEqual(new Set(['pulse.probe', 'pulse.probe:answer']));
  });
});

describe('bounds', () => {
  it('answers busy when it owes too many relays, and not one before', () => {
    const society = new Society({ nodes: 5 });
    society.stage.advance(5_000);
    const relay = at(society, 2);
    society.stage.crash(at(society, 3));
    const answers: string[] = [];
    for (let asked = 0; asked <= LIMITS.relaysOwedMax; asked++) {
      society.stage.request(relay, 'pulse.relay', { target: at(society, 3) }, (outcome) =>
        answers.push(outcome.ok ? 'answered' : outcome.code),
      );
    }
    expect(answers).toEqual(['busy']);
    society.stage.advance(2_000);
    expect(answers).toHaveLength(LIMITS.relaysOwedMax + 1);
    expect(society.facts(relay).relaysOwed).toBe(0);
  });

  it('relays to members only', () => {
    const society = new Society({ nodes: 3 });
    let code = '';
    society.stage.request(society.leader, 'pulse.relay', { target: nodeName(99) }, (outcome) => {
      code = outcome.ok ? 'answered' : outcome.code;
    });
    expect(code).toBe('not-found');
  });
});
