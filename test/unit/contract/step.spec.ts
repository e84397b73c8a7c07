import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/contract/organ.ts';
import { chain } from '../../../src/contract/step.ts';

const decide =
  (name: string) =>
  (facts: readonly string[]): Step<readonly string[]> => ({
    facts: [...facts, name],
    writes: [{ table: 'meta', key: name, value: facts.length }],
    effects: [{ effect: 'reply', body: name }],
    signals: [{ type: `did.${name}` }],
  });

describe('a chain of decisions', () => {
  it('shows each the facts of the one before, and keeps what all of them ask for in order', () => {
    const step = chain(decide('first')([]), decide('second'), (facts) => ({ facts }), decide('third'));
    expect(step).toEqual({
      facts: ['first', 'second', 'third'],
      writes: [
        { table: 'meta', key: 'first', value: 0 },
        { table: 'meta', key: 'second', value: 1 },
        { table: 'meta', key: 'third', value: 2 },
      ],
      effects: ['first', 'second', 'third'].map((body) => ({ effect: 'reply', body })),
      signals: ['first', 'second', 'third'].map((name) => ({ type: `did.${name}` })),
    });
  });
});
