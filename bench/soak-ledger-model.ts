import { parseArgs } from 'node:util';
import { mutants } from '../test/unit/ledger/model/mutants.ts';
import { shipped } from '../test/unit/ledger/model/protocol.ts';
import { deep, small } from '../test/unit/ledger/model/scenarios.ts';
import { type Found, search } from '../test/unit/ledger/model/search.ts';
import { wander } from '../test/unit/ledger/model/wander.ts';

/**
 * `npm run soak:ledger-model -- [--states 10000000] [--walks 100000] [--first 1] [--only SCENARIO]`: searches the ledger's
 * slots for two outcomes of one, whole where a scenario has no more than `--states` states, by random walks besides; and
 * each mutant, which must be found out. Prints a line a scenario; exits 11 where something was found that must not be, or
 * the other way round.
 */
const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '10000000' },
    walks: { type: 'string', default: '100000' },
    first: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const CORRECTNESS = 11;
const walks = { seed: Number(values.first), walks: Number(values.walks) };
const statesMax = Number(values.states);
let wrong = 0;

for (const [name, scenario] of Object.entries({ ...small, ...deep })) {
  if (values.only !== undefined && values.only !== name) continue;
  const found = search(scenario, shipped, { statesMax });
  const walked = wander(scenario, shipped, walks);
  if (found.violation !== undefined || walked !== undefined) wrong += 1;
  console.log(`${name}: ${sentence(found)}; ${walks.walks} walks: ${walked ?? 'nothing'}`);
}

for (const { wrong: what, scenario, protocol } of values.only === undefined ? mutants : []) {
  const found = search(scenario, protocol, { statesMax });
  if (found.violation === undefined) wrong += 1;
  console.log(`one that ${what}: ${sentence(found)}`);
}

if (wrong > 0) process.exitCode = CORRECTNESS;

function sentence({ states, exhausted, violation, trace }: Found): string {
  if (violation !== undefined) return `${violation}, after ${trace.join(', ')} (${states} states)`;
  return `nothing in ${exhausted ? 'all' : 'the first'} ${states} states`;
}
