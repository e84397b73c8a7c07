import { setup } from 'xstate';

export type BroadcastSignal = { type: 'broadcast.open' };

/** `waiting`: the node has no view yet, so nobody to hand anything to. `relaying`: it takes its part. */
export const broadcastMachine = setup({ types: {} as { events: BroadcastSignal } }).createMachine({
  id: 'broadcast',
  initial: 'waiting',
  states: { waiting: { on: { 'broadcast.open': 'relaying' } }, relaying: {} },
});
