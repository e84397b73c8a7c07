import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../../src/contract/limits.ts';
import { isSovereign } from '../../../src/organs/pulse/index.ts';
import { Society } from './society.ts';

const at = (society: Society, slot: number) => society.nodes[slot - 1] as string;

describe('sovereignty', () => {
  it('is everybody’s within a few seconds, and of those that a leader reaches only', () => {
    const society = new Society({ nodes: 20, commits: false });
    society.stage.advance(5_000);
    const sovereign = () => society.nodes.filter((node) => isSovereign(society.facts(node), society.stage.now));
    expect(sovereign()).toHaveLength(20);
    const island = new Set([3, 11, 12, 13, 14].map((slot) => at(society, slot)));
    society.stage.link = (from, to) => island.has(from) === island.has(to);
    society.stage.advance(10_000);
    expect(sovereign()).toEqual(society.nodes.filter((node) => !island.has(node)));
    for (const node of island) {
      const [last] = society.stage.toldOf<{ sovereign: boolean }>('pulse.sovereignty', node).slice(-1);
      expect(last?.body).toEqual({ sovereign: false });
    }
    society.stage.link = () => true;
    society.stage.advance(5_000);
    expect(sovereign()).toHaveLength(20);
  });

  it('ends with its only leader', () => {
    const society = new Society({ nodes: 5 });
    society.stage.advance(5_000);
    society.stage.crash(society.leader);
    society.stage.advance(PRESETS.lan.sovereignForMs + 1_000);
    const rest = society.nodes.slice(1);
    expect(rest.map((node) => isSovereign(society.facts(node), society.stage.now))).toEqual(rest.map(() => false));
    expect(society.condemned()).toEqual([]);
  });

  it('comes back with a leader that was restarted within its epoch', () => {
    const society = new Society({ nodes: 5 });
    society.stage.advance(30_000);
    society.stage.crash(society.leader);
    society.stage.advance(10_000);
    society.start(society.leader, 2);
    society.stage.advance(5_000);
    const sovereign = society.nodes.map((node) => isSovereign(society.facts(node), society.stage.now));
    expect(sovereign).not.toContain(false);
  });

  it('is not claimed on the word of a fragment that kept an old beat', () => {
    const society = new Society({ nodes: 4 });
    society.stage.advance(10_000);
    society.stage.crash(society.leader);
    society.stage.advance(10_000);
    society.start(at(society, 4), 2);
    society.stage.advance(10_000);
    expect(society.stage.toldOf('pulse.sovereignty', at(society, 4)).filter((told) => told.at > 20_000)).toEqual([]);
  });

  it('ends for good with a proof that the voters vouched for two logs, for whoever has seen it', () => {
    const society = new Society({ nodes: 5, seed: 3 });
    society.stage.advance(10_000);
    const [seer, other] = [society.nodes[3], society.nodes[4]] as [string, string];
    const sovereign = (node: string): boolean => society.facts(node).sovereign;
    expect([sovereign(seer), sovereign(other)]).toEqual([true, true]);
    society.stage.emit(seer, 'consensus.forked', { version: 1, signers: [society.leader] });
    expect(society.stage.toldOf('pulse.sovereignty', seer).at(-1)?.body).toEqual({ sovereign: false });
    society.stage.advance(20_000);
    expect([sovereign(seer), sovereign(other)]).toEqual([false, true]);
    society.stage.emit(seer, 'consensus.admitted', {});
    expect(sovereign(seer)).toBe(false);
    // A leader that has been shown it beats no more, and so everybody knows.
    society.stage.emit(society.leader, 'consensus.forked', { version: 1, signers: [society.leader] });
    society.stage.emit(society.leader, 'consensus.led', { leader: society.leader, epoch: 1 });
    society.stage.advance(10_000);
    expect(society.nodes.map(sovereign)).toEqual(society.nodes.map(() => false));
  });

  it('reaches the far end of a deep tree with every beat', () => {
    const society = new Society({ nodes: 60, view: { fanout: 2 } });
    society.stage.advance(20_000);
    const behind = society.nodes.map(
      (node) => society.facts(society.leader).beat.number - society.facts(node).beat.number,
    );
    expect(Math.max(...behind)).toBeLessThanOrEqual(1);
  });
});

describe('views', () => {
  it('are noticed to be outdated from the probes of others, once a round', () => {
    const society = new Society({ nodes: 5 });
    society.stage.advance(5_000);
    const newer = { ...society.view, version: 9 };
    society.stage.emit(society.leader, 'consensus.committed', { view: newer, previous: society.view, records: [] });
    society.stage.advance(10_000);
    const told = society.stage.toldOf<{ fence: { version: number } }>('pulse.outdated', at(society, 5));
    expect(told[0]?.body.fence.version).toBe(9);
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThanOrEqual(11);
  });

  it('bring a departed member back into touch when the partition heals', () => {
    const society = new Society({ nodes: 12 });
    society.stage.advance(5_000);
    const lost = [at(society, 11), at(society, 12)];
    society.stage.link = (from, to) => lost.includes(from) === lost.includes(to);
    society.stage.advance(20_000);
    expect(society.condemned().flatMap(({ nodes }) => nodes)).toEqual(expect.arrayContaining(lost));
    expect(society.opinion(at(society, 2), at(society, 12))).toBe('dead');
    society.stage.link = () => true;
    const healed = society.stage.now;
    society.stage.advance(10_000);
    const outdated = society.stage.toldOf('pulse.outdated', at(society, 12)).filter((told) => told.at > healed);
    expect(outdated.length).toBeGreaterThan(0);
    expect(society.opinion(society.leader, at(society, 12))).toBe('live');
  });
});
