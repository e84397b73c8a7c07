import type { FaultName } from '../../src/runtime/simulation/index.ts';

/**
 * A real bug of this field as a change of our own source. The simulator must find it: a mutant that survives shows a
 * promise that nobody holds us to.
 */
export interface Mutant {
  /** Kebab-case. */
  readonly name: string;
  /** What the bug is, as a sentence. */
  readonly bug: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Each text occurs exactly once in the file, with as much around it as it takes to be the right one. */
  readonly changes: readonly Change[];
  /** What is guarded twice takes a change in each place: further files, and what is changed in them. */
  readonly also?: { readonly [file: string]: readonly Change[] };
  /** The kinds of faults that bring it out: what its seeds draw from. @default every kind */
  readonly under?: readonly FaultName[];
  /** How many cells its seeds have. @default RUN.cells */
  readonly cells?: number;
}

export type Change = readonly [from: string, to: string];

/** Every file that a mutant changes. */
export function changesOf({ file, changes, also = {} }: Mutant): ReadonlyMap<string, readonly Change[]> {
  return new Map([[file, changes], ...Object.entries(also)]);
}

/**
 * The source of one of its files with the bug in it.
 *
 * @throws Error that says which text no longer occurs, or occurs twice: then the mutant has to be written anew
 */
export function mutate(mutant: Mutant, file: string, source: string): string {
  let text = source;
  for (const [from, to] of changesOf(mutant).get(file) ?? []) {
    const occurrences = text.split(from).length - 1;
    if (occurrences !== 1)
      throw new Error(`mutant ${mutant.name} no longer applies: ${file} has ${occurrences} times\n${from}`);
    text = text.replace(from, () => to);
  }
  return text;
}
