import { setup } from 'xstate';

export type ConsensusSignal =
  | { type: 'consensus.found' }
  | { type: 'consensus.join' }
  | { type: 'consensus.resume' }
  | { type: 'consensus.admitted' }
  | { type: 'consensus.known' }
  | { type: 'consensus.removed' }
  | { type: 'consensus.settled' }
  | { type: 'consensus.refuse'; code: string; detail: string | null }
  | { type: 'consensus.leave' }
  | { type: 'consensus.again' };

/**
 * The modes of a node towards its organism. `seeking`: it has none yet. `joining`: it asks its contacts to let it in.
 * `returning`: it is a member and asks for its place. `placed`: it has one. `leaving`: it asks to be taken out. `departed`
 * and `refused` are final. Whether it votes or leads is another matter: that is decided by the log's own rules.
 *
 * `consensus.known` says that the roster has this node, but no place for this life of it.
 */
export const consensusMachine = setup({
  types: {} as { events: ConsensusSignal },
  actions: {
    foundOrganism: () => undefined,
    askToJoin: () => undefined,
    askToReturn: () => undefined,
    askToLeave: () => undefined,
    tellAdmitted: () => undefined,
    tellRefused: () => undefined,
    tellDeparted: () => undefined,
  },
}).createMachine({
  id: 'consensus',
  initial: 'seeking',
  states: {
    seeking: {
      on: {
        'consensus.found': { target: 'placed', actions: 'foundOrganism' },
        'consensus.join': { target: 'joining', actions: 'askToJoin' },
        'consensus.resume': { target: 'returning', actions: 'askToReturn' },
        'consensus.refuse': { target: 'refused', actions: 'tellRefused' },
        'consensus.leave': { target: 'departed', actions: 'tellDeparted' },
      },
    },
    joining: {
      on: {
        'consensus.again': { actions: 'askToJoin' },
        'consensus.admitted': { target: 'placed', actions: 'tellAdmitted' },
        'consensus.known': { target: 'returning', actions: 'askToReturn' },
        'consensus.refuse': { target: 'refused', actions: 'tellRefused' },
        'consensus.leave': { target: 'departed', actions: 'tellDeparted' },
      },
    },
    returning: {
      on: {
        'consensus.again': { actions: 'askToReturn' },
        'consensus.settled': { target: 'placed', actions: 'tellAdmitted' },
        'consensus.admitted': { target: 'placed', actions: 'tellAdmitted' },
        'consensus.refuse': { target: 'refused', actions: 'tellRefused' },
        'consensus.leave': { target: 'leaving', actions: 'askToLeave' },
      },
    },
    placed: {
      on: {
        'consensus.removed': { target: 'returning', actions: 'askToReturn' },
        'consensus.refuse': { target: 'refused', actions: 'tellRefused' },
        'consensus.leave': { target: 'leaving', actions: 'askToLeave' },
      },
    },
    leaving: {
      on: {
        'consensus.again': { actions: 'askToLeave' },
        'consensus.removed': { target: 'departed', actions: 'tellDeparted' },
        'consensus.settled': { target: 'departed', actions: 'tellDeparted' },
        'consensus.refuse': { target: 'placed', actions: 'tellRefused' },
      },
    },
    departed: { type: 'final' },
    refused: { type: 'final' },
  },
});
