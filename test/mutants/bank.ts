import { MUTANTS_OF_THE_KERNEL } from './bank/kernel.ts';
import { MUTANTS_OF_THE_LOG } from './bank/log.ts';
import { MUTANTS_OF_THE_MESSAGES } from './bank/messages.ts';
import { MUTANTS_OF_THE_SHARDS } from './bank/shards.ts';
import { MUTANTS_OF_THE_TREE } from './bank/tree.ts';
import type { Mutant } from './mutant.ts';

/** The bank. Names are for ever: the killing seeds go by them. */
export const MUTANTS: readonly Mutant[] = [
  ...MUTANTS_OF_THE_KERNEL,
  ...MUTANTS_OF_THE_LOG,
  ...MUTANTS_OF_THE_TREE,
  ...MUTANTS_OF_THE_MESSAGES,
  ...MUTANTS_OF_THE_SHARDS,
];
