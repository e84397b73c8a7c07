import type { Register } from '../program.ts';
import { addBusiness } from '../shell/business.ts';
import { addHoldings } from '../shell/holdings.ts';
import { addNew } from '../shell/new.ts';
import { addPapers } from '../shell/papers.ts';

export const register: Register = (program, terminal) => {
  const shell = program.command('shell').description('hold, send and trade what the ledger keeps');
  for (const add of [addNew, addHoldings, addBusiness, addPapers]) add(shell, terminal);
};
