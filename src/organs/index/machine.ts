import { setup } from 'xstate';

export type IndexSignal =
  | { type: 'index.wake' }
  | { type: 'index.woken' }
  | { type: 'index.halt' }
  | { type: 'index.leave' }
  | { type: 'index.stay' };

/**
 * The modes of a cell's memory. `waking`: what the disk has is taken up again. `remembering`: files are read as they come.
 * `still`: the organism was halted. `leaving`: the cell gives up its slot, and takes nothing in any more. In all of them
 * searches are answered, as far as parts are whole.
 */
export const indexMachine = setup({
  types: {} as { events: IndexSignal },
  actions: { takeUp: () => undefined, compare: () => undefined, rest: () => undefined },
}).createMachine({
  id: 'index',
  initial: 'waking',
  on: {
    'index.halt': { target: '.still' },
    'index.leave': { target: '.leaving' },
  },
  states: {
    waking: { on: { 'index.wake': { actions: 'takeUp' }, 'index.woken': { target: 'remembering' } } },
    remembering: { entry: 'compare' },
    still: { entry: 'rest' },
    leaving: { entry: 'rest', on: { 'index.stay': { target: 'remembering' } } },
  },
});
