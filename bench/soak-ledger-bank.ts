import { parseArgs } from 'node:util';
import { runTrial } from '../test/unit/ledger/bank/trial.ts';

/**
 * `npm run soak:ledger-bank -- [--first 1] [--seeds 1000] [--events 10000]`: days of a bank of four validators and eight
 * clients, seed by seed: letters lost, doubled and reordered, crashes, clocks that jump, partitions, changes of committee,
 * a validator that lies. Prints a line a failing seed, and a summary; exits 11 where a seed broke a promise.
 */
const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1000' },
    events: { type: 'string', default: '10000' },
  },
});
const CORRECTNESS = 11;
const [first, seeds, events] = [Number(values.first), Number(values.seeds), Number(values.events)];
const startedAt = performance.now();
let [delivered, settled, voided, failed] = [0, 0, 0, 0];

for (let seed = first; seed < first + seeds; seed++) {
  try {
    const report = runTrial(seed, events);
    delivered += report.delivered;
    settled += report.settled;
    voided += report.void;
  } catch (error) {
    failed += 1;
    console.log(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const seconds = (performance.now() - startedAt) / 1_000;
console.log(
  `${seeds} seeds, ${delivered} steps (${Math.round(delivered / seconds)} a second): ${settled} orders settled, ${voided} void, ${failed} seeds failed`,
);
if (failed > 0) process.exitCode = CORRECTNESS;
