import { setup } from 'xstate';

export type TreeSignal =
  | { type: 'tree.assigned' }
  | { type: 'tree.attached' }
  | { type: 'tree.moved' }
  | { type: 'tree.parentLost' }
  | { type: 'tree.removed' }
  | { type: 'tree.leave' }
  | { type: 'tree.stay' }
  | { type: 'tree.stayOutside' };

/**
 * The modes of a cell in its tree. `seeking`: no slot known. `joining`: it has its first slot and asks for its edge.
 * `placed`: in its slot and attached (or the lowest live slot). `relocating`: it took over another slot and still
 * serves its old children. `orphan`: its parent is silent and it looks for another. `rejoining`: its slot was given
 * away. `leaving`: it gives its slot up. Where it is not let go it asks for its edge anew, or for a slot where it has lost
 * its own meanwhile.
 */
export const treeMachine = setup({
  types: {} as { events: TreeSignal },
  actions: { attach: () => undefined, dropEdges: () => undefined },
}).createMachine({
  id: 'tree',
  initial: 'seeking',
  on: { 'tree.leave': '.leaving' },
  states: {
    seeking: { on: { 'tree.assigned': { target: 'joining', actions: 'attach' } } },
    joining: {
      on: {
        'tree.attached': 'placed',
        'tree.removed': { target: 'rejoining', actions: 'dropEdges' },
      },
    },
    placed: {
      on: {
        'tree.moved': { target: 'relocating', actions: 'attach' },
        'tree.parentLost': { target: 'orphan', actions: 'attach' },
        'tree.removed': { target: 'rejoining', actions: 'dropEdges' },
      },
    },
    relocating: {
      on: {
        'tree.attached': 'placed',
        'tree.parentLost': { target: 'orphan', actions: 'attach' },
        'tree.removed': { target: 'rejoining', actions: 'dropEdges' },
      },
    },
    orphan: {
      on: {
        'tree.attached': 'placed',
        'tree.moved': { target: 'relocating', actions: 'attach' },
        'tree.removed': { target: 'rejoining', actions: 'dropEdges' },
      },
    },
    rejoining: { on: { 'tree.assigned': { target: 'joining', actions: 'attach' } } },
    leaving: {
      on: {
        'tree.stay': { target: 'joining', actions: 'attach' },
        'tree.stayOutside': { target: 'rejoining', actions: 'dropEdges' },
      },
    },
  },
});
