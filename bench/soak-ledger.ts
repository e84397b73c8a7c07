import { runBankDay } from '../test/simulation/ledger/bank-day.ts';

/**
 * Days of a bank, one seed each: `npm run soak:ledger -- --seeds 1000 [--first 1] [--clients 20] [--payments 50]`. Prints what
 * each seed came to; ends with 11 at the first that did what no ledger may.
 */
function numberOf(flag: string, fallback: number): number {
  const at = process.argv.indexOf(flag);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

const first = numberOf('--first', 1);
const seeds = numberOf('--seeds', 100);
const options = { clients: numberOf('--clients', 12), payments: numberOf('--payments', 3) };
const began = performance.now();
for (let seed = first; seed < first + seeds; seed++) {
  try {
    const day = await runBankDay({ seed, ...options });
    console.log(JSON.stringify(day));
  } catch (error) {
    console.error(error);
    console.error(`again: npm run soak:ledger -- --first ${seed} --seeds 1`);
    process.exit(11);
  }
}
console.log(`${seeds} seeds in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
