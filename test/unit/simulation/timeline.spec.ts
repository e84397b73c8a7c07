import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { Chronicle } from '../../../src/runtime/simulation/chronicle.ts';
import type { Happening, Observation } from '../../../src/runtime/simulation/observation.ts';
import type { SimNode } from '../../../src/runtime/simulation/sim-node.ts';
import type { Verdict } from '../../../src/runtime/simulation/simulate.ts';
import type { Strike } from '../../../src/runtime/simulation/strike.ts';
import { timelinePage } from '../../../src/runtime/simulation/timeline-page.ts';
import { Puppet } from './stage.ts';

const verdict: Verdict = {
  seed: 7,
  cells: 2,
  trace: 'abc',
  virtualMs: 10_000,
  events: 1,
  plan: [],
  struck: 1,
  operations: { asked: 1, acknowledged: 1 },
  violation: { invariant: 'one-log', kind: 'correctness', detail: 'node <1> has "two"', at: 9_000 },
};

function recorded() {
  const chronicle = new Chronicle();
  const see = (at: number, happening: Happening): void => chronicle.see({ at, ...happening } as Observation);
  return { chronicle, see };
}

describe('a chronicle', () => {
  it('has the lives, modes and faults of a run as spans, and what happened as marks', () => {
    const { chronicle, see } = recorded();
    const puppet = new Puppet(1);
    const node = puppet as unknown as SimNode;
    const strike: Strike = { at: 1_000, for: 500, kind: 'crash', node: 1 };
    see(0, { what: 'started', node, disk: 'first' });
    puppet.modes.tree = 'joining';
    see(10, { what: 'told', node, event: { kind: 'consensus.led', body: { leader: node.id, epoch: 3 } } });
    puppet.modes.tree = 'placed';
    see(20, { what: 'told', node, event: { kind: 'pulse.sovereignty', body: { sovereign: true } } });
    see(1_000, { what: 'struck', strike });
    see(1_000, { what: 'stopped', node, how: 'crash', timers: 0 });
    see(1_500, { what: 'ended', strike });
    expect(chronicle.spans.map(({ lane, kind, from, until }) => [lane, kind, from, until])).toEqual([
      ['node 1', 'up', 0, 1_000],
      ['node 1', 'joining', 10, 20],
      ['node 1', 'placed', 20, 1_000],
      ['faults', 'fault', 1_000, 1_500],
    ]);
    expect(chronicle.marks.map(({ what, at }) => [at, what])).toEqual([
      [10, 'leads epoch 3'],
      [20, 'sovereign'],
      [1_000, 'crash'],
    ]);
  });

  it('keeps as many marks as may be, the newest, and counts the rest', () => {
    const { chronicle } = recorded();
    for (let at = 0; at < LIMITS.timelineMarksMax; at++) chronicle.breach('x', at);
    expect([chronicle.marks.length, chronicle.left]).toEqual([LIMITS.timelineMarksMax, 0]);
    chronicle.breach('last', 99_999);
    expect([chronicle.marks.length, chronicle.left, chronicle.marks.at(-1)?.what]).toEqual([
      LIMITS.timelineMarksMax,
      1,
      'last',
    ]);
  });
});

describe('a timeline', () => {
  it('is one file that loads nothing, and shows text of the run as text', () => {
    const { chronicle, see } = recorded();
    for (const index of [0, 1])
      see(index, { what: 'started', node: new Puppet(index) as unknown as SimNode, disk: 'first' });
    see(500, { what: 'struck', strike: { at: 500, kind: 'partition', groups: [[0], [1]] } });
    see(800, { what: 'struck', strike: { at: 800, kind: 'isolate-root' } });
    chronicle.breach('one-log', 9_000);
    const page = timelinePage(chronicle, verdict);
    expect(page).toContain('Seed 7, 2 cells: one-log at 9.00 s');
    expect(page).toContain('node &lt;1&gt; has &quot;two&quot;');
    for (const lane of ['node 0', 'node 1', 'partition', 'isolate-root']) expect(page).toContain(`>${lane}<`);
    expect(page.match(/https?:\/\/[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(page).not.toMatch(/<script|src=|@import|NaN|undefined|Infinity/);
  });
});
