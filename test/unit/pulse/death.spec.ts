import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../../src/contract/limits.ts';
import { observersOf } from '../../../src/contract/slots.ts';
import { aliveIn } from '../../../src/organs/pulse/index.ts';
import { Society } from './society.ts';

const at = (society: Society, slot: number) => society.nodes[slot - 1] as string;

describe('a node that dies', () => {
  it.each([2, 3, 5, 20])('is condemned once, as one of %i, and nobody else is', (nodes) => {
    const society = new Society({ nodes, seed: nodes });
    society.stage.advance(5_000);
    const died = society.stage.now;
    society.stage.crash(at(society, nodes));
    society.stage.advance(10_000);
    const [cut, ...others] = society.condemned();
    expect(cut?.nodes).toEqual([at(society, nodes)]);
    expect(others).toEqual([]);
    expect((cut?.at ?? Number.POSITIVE_INFINITY) - died).toBeLessThan(6_000);
    expect(society.opinion(society.leader, at(society, nodes))).toBe('dead');
  });

  it('is told as suspect first, then as dead, to the organs of each node that watches it', () => {
    const society = new Society({ nodes: 8 });
    society.stage.advance(5_000);
    society.stage.crash(at(society, 7));
    society.stage.advance(10_000);
    const told = society.stage.toldOf<{ node: string; state: string }>('pulse.changed', at(society, 2));
    expect(told.map(({ body }) => [body.node, body.state])).toEqual([
      [at(society, 7), 'suspect'],
      [at(society, 7), 'dead'],
    ]);
    expect(aliveIn(society.facts(at(society, 2)), at(society, 7))).toBe(false);
  });

  it('is condemned sooner where its host refuses connections', () => {
    const delay = (how: 'silent' | 'refusing'): number => {
      const society = new Society({ nodes: 8 });
      society.stage.advance(5_000);
      const died = society.stage.now;
      society.stage.crash(at(society, 8), how);
      society.stage.advance(10_000);
      return (society.condemned()[0]?.at ?? Number.POSITIVE_INFINITY) - died;
    };
    // Most of the five timeouts on the way fall away.
    expect(delay('silent') - delay('refusing')).toBeGreaterThan(3 * PRESETS.lan.probeTimeoutMs);
  });

  it('takes its rack with it in one cut', () => {
    const society = new Society({ nodes: 30 });
    society.stage.advance(5_000);
    const rack = [4, 8, 12, 16, 20, 24, 28].map((slot) => at(society, slot));
    for (const node of rack) society.stage.crash(node);
    society.stage.advance(10_000);
    expect(society.condemned().map(({ nodes }) => [...nodes].sort())).toEqual([[...rack].sort()]);
  });

  it('is found even where all that are assigned to it die at the same moment', () => {
    const society = new Society({ nodes: 40 });
    society.stage.advance(5_000);
    const victim = at(society, 30);
    const gone = new Set([victim, ...observersOf(society.view, victim)]);
    gone.delete(society.leader);
    for (const node of gone) society.stage.crash(node);
    society.stage.advance(30_000);
    expect(new Set(society.condemned().flatMap(({ nodes }) => nodes))).toEqual(gone);
  });
});
