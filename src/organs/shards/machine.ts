import { setup } from 'xstate';
import type { SweepScope } from './repair.ts';

export type ShardSignal =
  | { type: 'shards.sweep'; scope: SweepScope }
  | { type: 'shards.lack' }
  | { type: 'shards.whole' }
  | { type: 'shards.trim' }
  | { type: 'shards.full' }
  | { type: 'shards.roomy' }
  | { type: 'shards.halt' }
  | { type: 'shards.leave' }
  | { type: 'shards.stay' };

/**
 * The modes of a cell's shards. `serving`: every copy it knows of is where it should be. `repairing`: some are missing.
 * `readonly`: the disk is full, so it serves and pushes but takes nothing in. `still`: the organism was halted, nobody
 * repairs. `handingOver`: the cell gives up its slot.
 */
export const shardsMachine = setup({
  types: {} as { events: ShardSignal },
  actions: {
    sweep: () => undefined,
    trim: () => undefined,
    probe: () => undefined,
    rest: () => undefined,
    leave: () => undefined,
    stay: () => undefined,
  },
}).createMachine({
  id: 'shards',
  initial: 'serving',
  on: {
    'shards.halt': { target: '.still' },
    'shards.leave': { target: '.handingOver' },
  },
  states: {
    serving: {
      on: {
        'shards.sweep': { actions: 'sweep' },
        'shards.trim': { actions: 'trim' },
        'shards.lack': { target: 'repairing' },
        'shards.full': { target: 'readonly' },
      },
    },
    repairing: {
      on: {
        'shards.sweep': { actions: 'sweep' },
        'shards.trim': { actions: 'trim' },
        'shards.whole': { target: 'serving' },
        'shards.full': { target: 'readonly' },
      },
    },
    readonly: {
      on: {
        'shards.sweep': { actions: ['probe', 'sweep'] },
        'shards.trim': { actions: 'trim' },
        'shards.roomy': { target: 'serving' },
      },
    },
    still: { entry: 'rest' },
    handingOver: {
      entry: 'leave',
      on: { 'shards.stay': { target: 'serving', actions: 'stay' } },
    },
  },
});
