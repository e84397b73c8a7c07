import { describe, expect, it } from 'vitest';
import { loadGenome, parseGenome } from '../../src/actors/genome.ts';
import { rehearse } from '../../src/runtime/simulation/rehearsal.ts';

const EXAMPLES = ['small-desk', 'ticket-desk', 'job-queue', 'chat-room', 'sensor-grid'];

const genomeWith = (step: string) =>
  parseGenome(
    `
genome: notes
version: 1.0.0
organs: { notes: { kind: records, record: { text: string } } }
receptors:
  read: { get: '/notes/{key}', to: notes.get }
  write: { put: '/notes/{key}', to: notes.put }
tests:
  example:
    steps:
      - { ask: write, with: { key: a, text: hello } }
      - ${step}
`,
    'notes.genome.yaml',
  );

describe('the tests of a genome', () => {
  it.each(EXAMPLES)('of %s come out as they say', async (name) => {
    const genome = await loadGenome(new URL(`../../examples/genomes/${name}.genome.yaml`, import.meta.url).pathname);
    const results = await rehearse(genome);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  });

  it.each([
    [
      '{ ask: read, with: { key: a }, answers: { text: hi } }',
      /'read' was answered .*"hello".*, must be {"text":"hi"}/,
    ],
    ['{ ask: read, with: { key: b } }', /'read' was refused: not-found/],
    ['{ ask: read, with: { key: a }, refuses: not-found }', /'read' was answered .*, must be refused: not-found/],
    ['{ ask: write, with: { key: a, text: again, expected: 0 } }', /'write' was refused: conflict/],
  ])('tell where they fail: %s', async (step, text) => {
    const [result] = await rehearse(await genomeWith(step));
    expect(result).toMatchObject({ test: 'example', ok: false, steps: 1, failure: { line: 12, column: 9 } });
    expect(result?.failure?.text).toMatch(text);
  });

  it('come out alike for one seed', async () => {
    const genome = await genomeWith('{ ask: read, with: { key: a }, answers: { text: hello } }');
    expect(await rehearse(genome, { seed: 7 })).toEqual(await rehearse(genome, { seed: 7 }));
  });
});
