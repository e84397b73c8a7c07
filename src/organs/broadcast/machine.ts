import { setup } from 'xstate';

export type BroadcastSignal = { type: 'broadcast.place' } | { type: 'broadcast.synced' };

/**
 * The modes of a node towards what is told to all. `waiting`: it has no slot in any tree, so nobody forwards to it.
 * `syncing`: it asks a neighbour how far each origin is, so that it knows where to begin; what arrives meanwhile is
 * passed on, but not delivered yet. `relaying`: it delivers what comes, in the order of each origin, and looks after
 * what it has missed. A slot in a further tree leads through `syncing` again.
 *
 *     waiting -> syncing <-> relaying
 */
export const broadcastMachine = setup({
  types: {} as { events: BroadcastSignal },
  actions: { askWhereToBegin: () => undefined },
}).createMachine({
  id: 'broadcast',
  initial: 'waiting',
  states: {
    waiting: { on: { 'broadcast.place': { target: 'syncing', actions: 'askWhereToBegin' } } },
    syncing: {
      on: {
        'broadcast.place': { actions: 'askWhereToBegin' },
        'broadcast.synced': 'relaying',
      },
    },
    relaying: { on: { 'broadcast.place': { target: 'syncing', actions: 'askWhereToBegin' } } },
  },
});
