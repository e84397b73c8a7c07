import { describe, expect, it } from 'vitest';
import { runTrial } from './bank/trial.ts';

/** `npm run soak:ledger-bank` runs more seeds, and longer ones. */
describe('a bank under drawn faults', () => {
  it('breaks no promise, comes to one state and ends every errand, in fifty seeds', () => {
    const reports = Array.from({ length: 50 }, (_, at) => runTrial(1 + at, 100));
    expect(reports.reduce((sum, { settled }) => sum + settled, 0)).toBeGreaterThan(80);
    expect(reports.some(({ committee }) => committee === 2)).toBe(true);
  }, 60_000);
});
