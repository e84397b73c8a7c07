import { seededEntropy } from '../../../../src/runtime/entropy/seeded.ts';
import { Bank, type BankOptions } from './bank.ts';
import { Business, openedRows } from './business.ts';

export interface TrialReport {
  readonly seed: number;
  readonly delivered: number;
  readonly settled: number;
  readonly void: number;
  readonly committee: number;
}

/** What goes wrong in a trial; the seed draws some of it. */
interface Weather {
  readonly bank: BankOptions;
  readonly partitions: boolean;
  /** At which event the committee changes, if it does. */
  readonly changeAt: number | undefined;
}

function weatherOf(seed: number, events: number): Weather {
  const random = seededEntropy(seed).fork('weather');
  const often = (chance: number, most: number): number => (random.float() < chance ? random.float() * most : 0);
  const liar = Math.floor(random.float() * 4);
  const faults = { drop: often(0.7, 0.1), twice: often(0.7, 0.1), crash: often(0.5, 0.03), jump: often(0.3, 0.1) };
  const liars = random.float() < 0.6 ? [liar] : [];
  const changeAt = random.float() < 0.3 ? Math.floor(random.float() * events) : undefined;
  return { bank: { seed, liars, faults, wire: seed % 16 === 0 }, partitions: random.float() < 0.4, changeAt };
}

/**
 * A day of a bank: clients do business for so many events while things go wrong, then everything heals. Throws what was
 * broken; the seed decides everything.
 */
export function runTrial(seed: number, events: number): TrialReport {
  const { bank: options, partitions, changeAt } = weatherOf(seed, events);
  const bank = new Bank({ ...options, rows: openedRows() });
  const business = new Business(bank);
  for (let event = 0; event < events; event++) {
    const draw = bank.random.float();
    if (draw < 0.05) business.begin();
    else if (draw < 0.1) business.goOn();
    else if (draw < 0.11) business.relay();
    else bank.step();
    if (partitions && event % 100 === 50) divide(bank);
    if (partitions && event % 100 === 90) bank.mend();
    if (event === changeAt) bank.change(options.liars?.length ? options.liars : [Math.floor(bank.random.float() * 4)]);
  }
  bank.heal();
  const wrong = bank.verdict();
  if (wrong !== undefined) throw new Error(wrong);
  if (changeAt !== undefined && bank.committee !== 2) throw new Error('the committee was not changed');
  const { errands, delivered, committee } = bank;
  const settled = errands.filter(({ decided }) => decided !== undefined).length;
  return { seed, delivered, settled, void: errands.length - settled, committee };
}

function divide(bank: Bank): void {
  const [some, others]: [number[], number[]] = [[], []];
  for (const node of bank.nodes.keys()) (bank.random.float() < 0.5 ? some : others).push(node);
  bank.cut(some, [...others, 'client']);
}
