import { FAULTS } from '../../../contract/errors.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { NamesRule, RecordRule, UnionRule } from '../rule.ts';
import { DURATION, NAME, SUMMARY } from './phrases.ts';

const ANY = { rule: 'any' } as const;

const nodeNumber = { rule: 'whole', minimum: 1, maximum: LIMITS.testNodesMax } as const;

function node(description: string): UnionRule {
  return {
    rule: 'union',
    of: [{ rule: 'text', title: 'a node', words: ['active'] }, nodeNumber],
    description: `${description} By its number, from 1, or \`active\`: the one that works on what was asked last.`,
    examples: ['active', 2],
  };
}

/** One thing that a test does, and what must come of it. */
export const TEST_STEP: RecordRule = {
  rule: 'record',
  description: 'What happens next: a request, a fault, or time that passes.',
  examples: [{ ask: 'vote', with: { id: 't1', by: 2 }, as: 'anna', answers: { votes: 2 } }],
  oneOf: ['ask', 'crash', 'restart', 'cut', 'heal', 'wait'],
  fields: {
    ask: {
      ...NAME,
      title: 'the name of a receptor',
      description: 'A request to a receptor of this genome.',
      examples: ['vote'],
    },
    with: { ...ANY, description: 'The fields of the request.', default: {}, examples: [{ id: 't1', by: 2 }] },
    as: {
      ...NAME,
      description: 'Who asks: any name, which stands for a passport of its own. Left out, nobody signs.',
      examples: ['anna'],
    },
    at: {
      ...nodeNumber,
      description: 'The node that is asked. Left out, one after the other of those that run.',
      examples: [2],
    },
    answers: {
      ...ANY,
      description: 'What the answer must be; of an object, the fields that count. Left out, any answer will do.',
      examples: [{ votes: 2 }],
    },
    refuses: {
      rule: 'text',
      title: 'a code',
      words: Object.keys(FAULTS),
      description: 'The code by which the request must be refused. Left out, it must be answered.',
      examples: ['not-taken'],
    },
    crash: node('Ends the process of a node, as `kill -9` does.'),
    restart: node('Starts a node that was crashed.'),
    cut: node('Cuts a node off from all others.'),
    heal: { rule: 'flag', description: 'Ends every cut.', examples: [true] },
    wait: { ...DURATION, description: 'Lets time pass.', examples: ['30s'] },
  },
};

export const TESTS: NamesRule = {
  rule: 'names',
  names: { ...NAME, examples: ['survivesACrash'] },
  each: {
    rule: 'record',
    description: 'One test: an organism of its own in simulation, and what happens in it, in order.',
    required: ['steps'],
    fields: {
      nodes: { ...nodeNumber, description: 'How many nodes run.', default: 3, examples: [3] },
      steps: {
        rule: 'list',
        each: { rule: 'ref', to: 'testStep' },
        min: 1,
        max: LIMITS.testStepsMax,
        description: 'What happens, in order.',
        examples: [[{ ask: 'vote', with: { id: 't1', by: 2 } }, { crash: 'active' }]],
      },
      summary: SUMMARY,
    },
    examples: [{ nodes: 3, steps: [{ ask: 'vote', with: { id: 't1', by: 2 }, as: 'anna', answers: { votes: 2 } }] }],
  },
  max: LIMITS.genomeTestsMax,
  description: 'Tests, by name: `peertree genome test` runs them in simulation, with the faults that they name.',
  default: {},
  examples: [
    { survivesACrash: { steps: [{ ask: 'vote', with: { id: 't1', by: 2 }, as: 'anna' }, { crash: 'active' }] } },
  ],
};
