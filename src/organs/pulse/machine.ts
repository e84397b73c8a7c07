import { setup } from 'xstate';

export type PulseSignal =
  | { type: 'pulse.watch' }
  | { type: 'pulse.pause'; returnWithinMs: number }
  | { type: 'pulse.halt' };

/**
 * The modes of a node towards the life of others. `listening`: it has no view yet, so it knows nobody to watch.
 * `watching`: it probes and is probed. `pausing`: it is about to stop for a while and only answers. `still`: the
 * organism was halted, and nobody probes or suspects any more. Only a new start leads out of the last two.
 *
 *     listening -> watching -> pausing -> still
 *         \____________\___________________^
 */
export const pulseMachine = setup({
  types: {} as { events: PulseSignal },
  actions: {
    startWatching: () => undefined,
    tellPause: () => undefined,
    standStill: () => undefined,
  },
}).createMachine({
  id: 'pulse',
  initial: 'listening',
  states: {
    listening: {
      on: {
        'pulse.watch': { target: 'watching', actions: 'startWatching' },
        'pulse.pause': 'pausing',
        'pulse.halt': 'still',
      },
    },
    watching: {
      on: {
        'pulse.pause': { target: 'pausing', actions: 'tellPause' },
        'pulse.halt': { target: 'still', actions: 'standStill' },
      },
    },
    pausing: { on: { 'pulse.halt': { target: 'still', actions: 'standStill' } } },
    still: {},
  },
});
