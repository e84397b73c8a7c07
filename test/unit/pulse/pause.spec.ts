import { describe, expect, it } from 'vitest';
import { LIMITS, PRESETS } from '../../../src/contract/limits.ts';
import { observersOf } from '../../../src/contract/slots.ts';
import { pulseOrgan } from '../../../src/organs/pulse/index.ts';
import { Society } from './society.ts';

const at = (society: Society, slot: number) => society.nodes[slot - 1] as string;

describe('a node that pauses', () => {
  const paused = (returnWithinMs: number): Society => {
    const society = new Society({ nodes: 8 });
    society.stage.advance(5_000);
    society.stage.emit(at(society, 7), 'node.pausing', { returnWithinMs });
    society.stage.advance(1_000);
    society.stage.crash(at(society, 7), 'refusing');
    return society;
  };

  it('is not suspected until the time it named has passed', () => {
    const society = paused(30_000);
    society.stage.advance(28_000);
    expect(society.condemned()).toEqual([]);
    expect(society.opinion(society.leader, at(society, 7))).toBe('paused');
    society.stage.advance(10_000);
    expect(society.condemned().map(({ nodes }) => nodes)).toEqual([[at(society, 7)]]);
  });

  it('is live again with its next incarnation, but not by a late word of the old one', () => {
    const society = paused(30_000);
    const status = { fence: { generation: 0, epoch: 1, version: 1 }, beat: { generation: 0, epoch: 1, number: 1 } };
    const late = { ...status, incarnation: 1, state: 'live', returnWithinMs: 0 };
    const observer = at(society, 2);
    const organ = pulseOrgan({ self: observer, incarnation: 1, timing: PRESETS.lan });
    const handler = organ.receive['pulse.probe'];
    const moment = { now: 0, monotonic: society.stage.now, mode: 'watching', random: () => 0.5 };
    const hear = (body: object) =>
      handler?.(society.facts(observer), { kind: 'pulse.probe', body, from: at(society, 7) } as never, {
        ...moment,
        randomBytes: (length) => new Uint8Array(length),
      });
    expect(hear(late)?.facts.opinions[at(society, 7)]).toBe('paused');
    expect(hear({ ...late, incarnation: 2 })?.facts.opinions[at(society, 7)]).toBeUndefined();
  });

  it('is believed for no longer than the limit', () => {
    const society = paused(LIMITS.pauseMaxMs * 2);
    society.stage.advance(1_000);
    const until = society.facts(at(society, 2)).pauses[at(society, 7)]?.until ?? Number.POSITIVE_INFINITY;
    expect(until).toBeLessThanOrEqual(society.stage.now + LIMITS.pauseMaxMs);
  });

  it('tells its pause to all observers though messages are lost', () => {
    const society = new Society({ nodes: 8, loss: 0.2, seed: 5 });
    society.stage.advance(5_000);
    society.stage.emit(at(society, 2), 'node.pausing', { returnWithinMs: 30_000 });
    society.stage.advance(2_000);
    const observers = observersOf(society.view, at(society, 2));
    expect(observers.map((node) => society.opinion(node, at(society, 2)))).toEqual(observers.map(() => 'paused'));
  });
});

describe('after a halt', () => {
  it('nobody probes or suspects, and everybody still answers', () => {
    const society = new Society({ nodes: 8 });
    society.stage.advance(5_000);
    for (const node of society.nodes) society.stage.emit(node, 'node.halted', { by: society.leader });
    society.stage.crash(at(society, 7));
    society.stage.advance(1_000);
    const before = [...society.stage.sent.values()].map((counts) => counts.get('pulse.probe') ?? 0);
    society.stage.advance(120_000);
    expect([...society.stage.sent.values()].map((counts) => counts.get('pulse.probe') ?? 0)).toEqual(before);
    expect(society.stage.toldOf('pulse.changed')).toEqual([]);
    expect(society.stage.mode(at(society, 2), 'pulse')).toBe('still');
  });
});
