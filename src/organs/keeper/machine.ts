import { setup } from 'xstate';

export type KeeperSignal =
  | { type: 'keeper.loaded' }
  | { type: 'keeper.halt' }
  | { type: 'keeper.leave' }
  | { type: 'keeper.stay' };

/**
 * The modes of a cell's keeper. `loading`: it reads what the registers hold; requests are taken already, but nothing that is
 * due is looked after. `serving`: both. `still`: the organism was halted. `leaving`: the cell gives up its slot, and others
 * work on what it is asked.
 */
export const keeperMachine = setup({
  types: {} as { events: KeeperSignal },
  actions: {
    load: () => undefined,
    tick: () => undefined,
    takeRequests: () => undefined,
    refuseRequests: () => undefined,
  },
}).createMachine({
  id: 'keeper',
  initial: 'loading',
  on: { 'keeper.halt': { target: '.still' }, 'keeper.leave': { target: '.leaving' } },
  states: {
    loading: { entry: ['takeRequests', 'load'], on: { 'keeper.loaded': { target: 'serving' } } },
    serving: { entry: 'tick' },
    still: { entry: 'refuseRequests' },
    leaving: { entry: 'refuseRequests', on: { 'keeper.stay': { target: 'loading' } } },
  },
});
