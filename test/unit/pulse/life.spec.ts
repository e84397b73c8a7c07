import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { isSovereign } from '../../../src/organs/pulse/index.ts';
import { Society } from './society.ts';

const at = (society: Society, slot: number) => society.nodes[slot - 1] as string;

describe('a node that lives', () => {
  it('is cleared by whoever reaches it, though one link is dead', () => {
    const society = new Society({ nodes: 8 });
    const [a, b] = [at(society, 7), at(society, 8)];
    society.stage.link = (from, to) => !((from === a && to === b) || (from === b && to === a));
    society.stage.advance(120_000);
    expect(society.condemned()).toEqual([]);
    expect(society.stage.toldOf('pulse.changed')).toEqual([]);
  });

  it('is not condemned where only its link to one observer and to all relays fails', () => {
    const society = new Society({ nodes: 8 });
    const [observer, target] = [at(society, 7), at(society, 8)];
    society.stage.link = (from, to) => to !== target || from === society.leader || from === at(society, 2);
    society.stage.advance(60_000);
    expect(society.stage.toldOf('pulse.condemned').flatMap(({ body }) => body)).toEqual([]);
    expect(society.opinion(observer, target)).not.toBe('dead');
  });

  it('is not condemned on the word of one observer', () => {
    const society = new Society({ nodes: 8 });
    society.stage.advance(5_000);
    const target = at(society, 8);
    // The leader is cut off from it too, so only the second observer's silence protects it.
    society.stage.link = (from, to) => ![from, to].includes(target) || [from, to].includes(at(society, 2));
    const body = { suspects: [{ node: target, incarnation: 1 }] };
    society.stage.onTold = () => undefined;
    society.stage.loss = 0;
    for (let second = 0; second < 20; second++) {
      society.stage.request(society.leader, 'pulse.alert', body, () => undefined);
      society.stage.advance(1_000);
    }
    expect(society.condemned()).toEqual([]);
  });

  it('is never condemned at 5 % loss', () => {
    const society = new Society({ nodes: 20, loss: 0.05, seed: 11 });
    society.stage.advance(60_000);
    expect(society.condemned()).toEqual([]);
    expect(society.nodes.map((node) => isSovereign(society.facts(node), society.stage.now))).not.toContain(false);
  });

  it('gets longer timeouts from those that hear nobody', () => {
    const society = new Society({ nodes: 8, commits: false });
    society.stage.advance(5_000);
    const deaf = at(society, 4);
    society.stage.link = (from, to) => from !== deaf && to !== deaf;
    society.stage.advance(20_000);
    expect(society.facts(deaf).health).toBe(LIMITS.localHealthMax);
    society.stage.link = () => true;
    society.stage.advance(20_000);
    expect(society.facts(deaf).health).toBe(0);
  });
});
