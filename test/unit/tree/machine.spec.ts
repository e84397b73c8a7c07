import { describe, expect, it } from 'vitest';
import { chartOf } from '../../../src/actors/chart.ts';
import { type TreeSignal, treeMachine } from '../../../src/organs/tree/machine.ts';
import { TestCell } from './cells.ts';

const chart = chartOf(new TestCell('a').organ as never);

/** Signals that lead into each mode. */
const PATHS: { readonly [mode: string]: readonly TreeSignal['type'][] } = {
  seeking: [],
  joining: ['tree.assigned'],
  placed: ['tree.assigned', 'tree.attached'],
  relocating: ['tree.assigned', 'tree.attached', 'tree.moved'],
  orphan: ['tree.assigned', 'tree.attached', 'tree.parentLost'],
  rejoining: ['tree.assigned', 'tree.removed'],
  leaving: ['tree.leave'],
};

/** Every transition besides `tree.leave`, which leads from anywhere to `leaving`. */
const TRANSITIONS: readonly [from: string, signal: TreeSignal['type'], to: string, ...actions: string[]][] = [
  ['seeking', 'tree.assigned', 'joining', 'attach'],
  ['joining', 'tree.attached', 'placed'],
  ['joining', 'tree.removed', 'rejoining', 'dropEdges'],
  ['placed', 'tree.moved', 'relocating', 'attach'],
  ['placed', 'tree.parentLost', 'orphan', 'attach'],
  ['placed', 'tree.removed', 'rejoining', 'dropEdges'],
  ['relocating', 'tree.attached', 'placed'],
  ['relocating', 'tree.parentLost', 'orphan', 'attach'],
  ['relocating', 'tree.removed', 'rejoining', 'dropEdges'],
  ['orphan', 'tree.attached', 'placed'],
  ['orphan', 'tree.moved', 'relocating', 'attach'],
  ['orphan', 'tree.removed', 'rejoining', 'dropEdges'],
  ['rejoining', 'tree.assigned', 'joining', 'attach'],
  ['leaving', 'tree.stay', 'joining', 'attach'],
  ['leaving', 'tree.stayOutside', 'rejoining', 'dropEdges'],
];

function modeAfter(from: string) {
  return (PATHS[from] ?? []).reduce((mode, type) => chart.step(mode, { type }, []), chart.initial);
}

describe('the modes of a cell in its tree', () => {
  it.each(TRANSITIONS)('%s + %s -> %s (%s)', (from, type, to, ...actions) => {
    const ran: string[] = [];
    expect(modeAfter(from).name).toBe(from);
    expect(chart.step(modeAfter(from), { type }, ran).name).toBe(to);
    expect(ran).toEqual(actions);
  });

  it.each(Object.keys(PATHS))('%s + tree.leave -> leaving', (from) => {
    expect(chart.step(modeAfter(from), { type: 'tree.leave' }, []).name).toBe('leaving');
  });

  it('know no other transition: every other signal is ignored in every mode', () => {
    const known = new Set(TRANSITIONS.map(([from, signal]) => `${from} ${signal}`));
    for (const from of Object.keys(PATHS)) {
      for (const type of new Set(TRANSITIONS.map(([, signal]) => signal))) {
        if (known.has(`${from} ${type}`)) continue;
        const ran: string[] = [];
        expect(chart.step(modeAfter(from), { type }, ran).name).toBe(from);
        expect(ran, `${from} ${type}`).toEqual([]);
      }
    }
  });

  it('are all listed here', () => {
    expect(Object.keys(PATHS).sort()).toEqual(Object.keys(treeMachine.states).sort());
    const transitions = Object.entries(treeMachine.config.states ?? {}).flatMap(([from, { on }]) =>
      Object.keys(on ?? {}).map((signal) => `${from} ${signal}`),
    );
    expect(transitions.sort()).toEqual(TRANSITIONS.map(([from, signal]) => `${from} ${signal}`).sort());
  });
});
