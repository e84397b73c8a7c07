import { expect, it } from 'vitest';
import { runBankDay } from './bank-day.ts';

/** Small seeds of one spec file: four of them together are the hundred of every test run. */
const SEEDS = 25;

/** Days of a bank, one seed each, from this one on. */
export function bankDays(first: number): void {
  it(`a bank in an organism of five keeps every promise through seeds ${first} to ${first + SEEDS - 1}`, async () => {
    let settled = 0;
    for (let seed = first; seed < first + SEEDS; seed++) {
      settled += (await runBankDay({ seed, clients: 6, payments: 2 })).settled;
    }
    // Faults may keep clients from settling; not most of the time.
    expect(settled).toBeGreaterThan(SEEDS * 10);
  });
}
