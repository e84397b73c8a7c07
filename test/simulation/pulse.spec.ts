import { describe, expect, it } from 'vitest';
import { isSovereign } from '../../src/organs/pulse/index.ts';
import { Society } from '../unit/pulse/society.ts';

describe('an hour at 5 % loss', () => {
  it('removes none of 20 living nodes, and leaves all of them sovereign', () => {
    const society = new Society({ nodes: 20, loss: 0.05, seed: 7 });
    society.stage.advance(3_600_000);
    expect(society.condemned()).toEqual([]);
    expect(society.nodes.filter((node) => !isSovereign(society.facts(node), society.stage.now))).toEqual([]);
    const lost = society.stage
      .toldOf<{ sovereign: boolean }>('pulse.sovereignty')
      .filter(({ body }) => !body.sovereign);
    expect(lost).toEqual([]);
  });
});

describe('how soon a silent node is removed, at 20 ms round trips', () => {
  const delays = Array.from({ length: 100 }, (_, seed) => {
    const society = new Society({ nodes: 20, seed });
    society.stage.advance(10_000 + seed * 37);
    const died = society.stage.now;
    society.stage.crash(society.nodes[1 + (seed % 19)] as string);
    society.stage.advance(10_000);
    return (society.condemned()[0]?.at ?? Number.POSITIVE_INFINITY) - died;
  }).sort((a, b) => a - b);

  it('is within 3 s in half of the cases', () => expect(delays[49]).toBeLessThan(3_000));
  it('is within 6 s in 99 of 100', () => expect(delays[98]).toBeLessThan(6_000));
});
