import { GENOME_DEFAULTS } from '../defaults.ts';
import { NO_FIELDS, objectShape, textShape } from '../shape.ts';
import type { Fields, Method, OrganKind, Verb } from './kind.ts';

const nothing: Fields = { fixed: NO_FIELDS };
/** An asset and a holder with a dot between them. */
const SHELL_CHARACTERS = 105;

/** What is signed travels as it is signed, so it is bytes to everything between its owner and the validators. */
function verb(method: Method, meaning: string, parameter?: 'shell' | 'value'): Verb {
  const characters = parameter === 'shell' ? SHELL_CHARACTERS : 64;
  return {
    meaning,
    methods: [method],
    parameters: parameter === undefined ? [] : [parameter],
    input:
      parameter === undefined ? nothing : { fixed: objectShape({ [parameter]: textShape(characters, characters) }) },
    output: nothing,
    carries: 'bytes',
  };
}

export const ledger: OrganKind = {
  meaning:
    'Accounts held by keys, and transfers between them, settled by quorums of validators of which some may lie (docs/ledger.md).',
  fields: {
    faults: {
      rule: 'whole',
      minimum: 1,
      maximum: 5,
      description: 'How many validators may lie or be silent. There are three times as many and one more.',
      default: GENOME_DEFAULTS.faults,
      examples: [1],
    },
  },
  required: [],
  verbs: {
    committee: verb('get', 'Answers with the genesis, and who is in office.'),
    change: verb('post', 'Gives seats of the committee to spares.'),
    order: verb('post', 'Brings a signed order to its settlement.'),
    unlock: verb('post', 'Has a stuck slot decided by ballots.'),
    read: verb('get', 'Answers with the shell as a quorum of validators shows it.', 'shell'),
    history: verb('get', 'Answers with the outcomes that changed the shell.', 'shell'),
    proof: verb('get', 'Answers with the proof that an order was settled.', 'value'),
    outcomes: verb('get', 'Lists what was settled, a page at a time.'),
    assets: verb('get', 'Lists the assets, a page at a time.'),
    shells: verb('get', 'Lists the shells, a page at a time.'),
    pendings: verb('get', 'Lists holds and offers, a page at a time.'),
  },
  takesEvents: false,
  standsAlone: true,
  limits: ['ledgerSeatsMax', 'ledgerSparesMax', 'ledgerPageMax'],
};
