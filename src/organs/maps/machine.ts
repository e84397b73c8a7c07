import { setup } from 'xstate';

export type MapSignal =
  | { type: 'maps.gain' }
  | { type: 'maps.lose' }
  | { type: 'maps.halt' }
  | { type: 'maps.leave' }
  | { type: 'maps.stay' };

/**
 * The modes of a cell's maps. `serving`: files can be read and written. `provisional`: no leader is within reach, so names
 * can't change. `still`: the organism was halted. `leaving`: the cell gives up its slot. In all of them files are read.
 */
export const mapsMachine = setup({
  types: {} as { events: MapSignal },
  actions: {
    takeWrites: () => undefined,
    refuseWithoutAuthority: () => undefined,
    refuseStopping: () => undefined,
    askAuthority: () => undefined,
  },
}).createMachine({
  id: 'maps',
  initial: 'provisional',
  on: {
    'maps.halt': { target: '.still' },
    'maps.leave': { target: '.leaving' },
  },
  states: {
    serving: { entry: 'takeWrites', on: { 'maps.lose': { target: 'provisional' } } },
    provisional: { entry: 'refuseWithoutAuthority', on: { 'maps.gain': { target: 'serving' } } },
    still: { entry: 'refuseStopping' },
    leaving: {
      entry: 'refuseStopping',
      on: { 'maps.stay': { target: 'provisional', actions: 'askAuthority' } },
    },
  },
});
