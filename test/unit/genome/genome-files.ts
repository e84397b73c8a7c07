import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checkGenomes } from '../../../src/actors/genome/organism-check.ts';
import { parseGenome, SHIPPED_GENOMES } from '../../../src/actors/genome.ts';
import { isFault } from '../../../src/contract/errors.ts';

/** The shipped genomes as text, by the name of their file. */
export const SHIPPED: ReadonlyMap<string, string> = new Map(
  SHIPPED_GENOMES.map((path) => [basename(path), readFileSync(path, 'utf8')]),
);

/** The lines of the `genome-invalid` that it fails with, none where it doesn't fail. */
export async function problemsOf(call: () => unknown): Promise<string[]> {
  try {
    await call();
    return [];
  } catch (error) {
    if (isFault(error, 'genome-invalid')) return error.message.split('\n');
    throw error;
  }
}

/** The problems of one text. */
export function problemsIn(text: string): Promise<string[]> {
  return problemsOf(() => parseGenome(text, 'x.yaml'));
}

/** The problems of the shipped genomes when the text of one of them is another one. */
export function problemsWith(file: string, text: string): Promise<string[]> {
  const texts = new Map(SHIPPED).set(file, text);
  return problemsOf(async () => {
    const genomes = await Promise.all([...texts].map(([name, content]) => parseGenome(content, name)));
    checkGenomes(genomes);
  });
}

/** The smallest genome, with more lines at its end. */
export function minimal(...lines: string[]): string {
  return ['genome: small', 'version: 1.0.0', 'organs: { shards: { kind: shards } }', ...lines].join('\n');
}
