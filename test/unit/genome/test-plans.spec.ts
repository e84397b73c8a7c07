import { describe, expect, it } from 'vitest';
import { parseGenome } from '../../../src/actors/genome.ts';

const problemsOf = async (step: string): Promise<string> => {
  const text = `
genome: notes
version: 1.0.0
organs: { notes: { kind: records, record: { text: string } } }
receptors:
  read: { get: '/notes/{key}', to: notes.get }
  watch: { get: /notes, to: notes.watch }
tests:
  example: { nodes: 2, steps: [ ${step} ] }
`;
  try {
    await parseGenome(text, 'n.yaml');
    return '';
  } catch (error) {
    return String(error);
  }
};

describe('a test of a genome', () => {
  it.each([
    ['{ ask: raed, with: { key: a } }', "n.yaml:9:40: there is no receptor 'raed' (did you mean 'read'?)"],
    ['{ ask: watch }', "n.yaml:9:40: 'watch' carries events, which a test can't ask for"],
    ['{ ask: read, with: { kee: a } }', "the value has no field 'kee', only key (did you mean 'key'?)"],
    ['{ ask: read }', 'key is not given, must be a text'],
    [
      '{ ask: read, with: { key: a }, answers: { texd: b } }',
      "the answer has no field 'texd', only key, version, text (did you mean 'text'?)",
    ],
    ['{ ask: read, with: { key: a }, refuses: not-fuond }', "did you mean 'not-found'?"],
    ['{ ask: read, with: { key: a }, answers: {}, refuses: not-found }', 'a request is answered or refused, not both'],
    ['{ ask: read, with: { key: a }, at: 3 }', 'there is no node 3: this test has 2'],
    ['{ crash: 3 }', 'there is no node 3: this test has 2'],
    ['{ crash: actve }', "did you mean 'active'?"],
    ['{ crash: 1, wait: 1s }', 'crash'],
    ['{ wait: 1 parsec }', 'wait'],
    ['{}', 'ask'],
  ])('is refused where it says %s', async (step, says) => {
    expect(await problemsOf(step)).toContain(says);
  });

  it('may ask for what is malformed on purpose', async () => {
    expect(await problemsOf('{ ask: read, refuses: malformed }')).toBe('');
  });
});
