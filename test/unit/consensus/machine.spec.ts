import { describe, expect, it } from 'vitest';
import { chartOf } from '../../../src/actors/chart.ts';
import { type ConsensusSignal, consensusMachine } from '../../../src/organs/consensus/machine.ts';
import { LoneOrgan } from './lone-organ.ts';

const chart = chartOf(new LoneOrgan('a').organ as never);

/** Signals that lead into each mode. */
const PATHS: { readonly [mode: string]: readonly ConsensusSignal['type'][] } = {
  seeking: [],
  joining: ['consensus.join'],
  returning: ['consensus.resume'],
  placed: ['consensus.resume', 'consensus.settled'],
  leaving: ['consensus.resume', 'consensus.leave'],
  departed: ['consensus.resume', 'consensus.leave', 'consensus.settled'],
  refused: ['consensus.join', 'consensus.refuse'],
};

/** Every transition: from a mode by a signal to a mode, with the actions it names. */
const TRANSITIONS: readonly [from: string, signal: ConsensusSignal['type'], to: string, ...actions: string[]][] = [
  ['seeking', 'consensus.found', 'placed', 'foundOrganism'],
  ['seeking', 'consensus.join', 'joining', 'askToJoin'],
  ['seeking', 'consensus.resume', 'returning', 'askToReturn'],
  ['seeking', 'consensus.refuse', 'refused', 'tellRefused'],
  ['seeking', 'consensus.leave', 'departed', 'tellDeparted'],
  ['joining', 'consensus.again', 'joining', 'askToJoin'],
  ['joining', 'consensus.admitted', 'placed', 'tellAdmitted'],
  ['joining', 'consensus.known', 'returning', 'askToReturn'],
  ['joining', 'consensus.refuse', 'refused', 'tellRefused'],
  ['joining', 'consensus.leave', 'departed', 'tellDeparted'],
  ['returning', 'consensus.again', 'returning', 'askToReturn'],
  ['returning', 'consensus.settled', 'placed', 'tellAdmitted'],
  ['returning', 'consensus.admitted', 'placed', 'tellAdmitted'],
  ['returning', 'consensus.refuse', 'refused', 'tellRefused'],
  ['returning', 'consensus.leave', 'leaving', 'askToLeave'],
  ['placed', 'consensus.removed', 'returning', 'askToReturn'],
  ['placed', 'consensus.refuse', 'refused', 'tellRefused'],
  ['placed', 'consensus.leave', 'leaving', 'askToLeave'],
  ['leaving', 'consensus.again', 'leaving', 'askToLeave'],
  ['leaving', 'consensus.removed', 'departed', 'tellDeparted'],
  ['leaving', 'consensus.settled', 'departed', 'tellDeparted'],
  ['leaving', 'consensus.refuse', 'placed', 'tellRefused'],
];

function modeAfter(...signals: readonly string[]) {
  return signals.reduce((mode, type) => chart.step(mode, { type }, []), chart.initial);
}

describe('the modes of a node towards its organism', () => {
  it.each(TRANSITIONS)('%s + %s -> %s (%s)', (from, type, to, ...actions) => {
    const mode = modeAfter(...(PATHS[from] ?? []));
    expect(mode.name).toBe(from);
    const ran: string[] = [];
    expect(chart.step(mode, { type }, ran).name).toBe(to);
    expect(ran).toEqual(actions);
  });

  it('know no other transition: every other signal is ignored in every mode', () => {
    const signals = new Set(TRANSITIONS.map(([, signal]) => signal));
    const known = new Set(TRANSITIONS.map(([from, signal]) => `${from} ${signal}`));
    for (const from of Object.keys(PATHS)) {
      for (const type of signals) {
        if (known.has(`${from} ${type}`)) continue;
        const ran: string[] = [];
        expect(chart.step(modeAfter(...(PATHS[from] ?? [])), { type }, ran).name).toBe(from);
        expect(ran, `${from} ${type}`).toEqual([]);
      }
    }
  });

  it('are all listed here', () => {
    expect(Object.keys(PATHS).sort()).toEqual(Object.keys(consensusMachine.states).sort());
    const transitions = Object.entries(consensusMachine.config.states ?? {}).flatMap(([from, { on }]) =>
      Object.keys(on ?? {}).map((signal) => `${from} ${signal}`),
    );
    expect(transitions.sort()).toEqual(TRANSITIONS.map(([from, signal]) => `${from} ${signal}`).sort());
  });
});
