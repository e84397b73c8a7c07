import { setup } from 'xstate';

export type LedgerSignal =
  | { type: 'ledger.open' }
  | { type: 'ledger.seat' }
  | { type: 'ledger.unseat' }
  | { type: 'ledger.greeted' }
  | { type: 'ledger.bar' };

/**
 * The modes of a cell's ledger. `waiting`: there is no committee yet. `following`: it applies what others settle. `greeting`:
 * it has a seat, and promises nothing until enough members have confirmed that its disk forgets nothing. `voting`: it takes
 * part. `barred`: its disk has forgotten what it promised once, so its key never votes again.
 */
export const ledgerMachine = setup({
  types: {} as { events: LedgerSignal },
  actions: { greet: () => undefined },
}).createMachine({
  id: 'ledger',
  initial: 'waiting',
  on: { 'ledger.bar': { target: '.barred' } },
  states: {
    waiting: { on: { 'ledger.open': { target: 'following' } } },
    following: { on: { 'ledger.seat': { target: 'greeting' } } },
    greeting: {
      entry: 'greet',
      on: { 'ledger.greeted': { target: 'voting' }, 'ledger.unseat': { target: 'following' } },
    },
    voting: { on: { 'ledger.unseat': { target: 'following' } } },
    barred: {},
  },
});
