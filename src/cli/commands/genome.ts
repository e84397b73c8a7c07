import { addCheck } from '../genome/check.ts';
import { addDiagram } from '../genome/diagram.ts';
import { addExplain } from '../genome/explain.ts';
import { addNew } from '../genome/new.ts';
import { addTest } from '../genome/test.ts';
import { addTypes } from '../genome/types.ts';
import type { Register } from '../program.ts';

export const register: Register = (program, terminal) => {
  const genome = program.command('genome').description('work with genome files');
  for (const add of [addNew, addCheck, addExplain, addDiagram, addTest, addTypes]) add(genome, terminal);
};
