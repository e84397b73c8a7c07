import { describe, expect, it } from 'vitest';
import { finish } from './model/finish.ts';
import { waitsForEver } from './model/mutants.ts';
import { type Protocol, shipped } from './model/protocol.ts';
import { small } from './model/scenarios.ts';
import { search } from './model/search.ts';

/**
 * The rules that validators run, in every order of events that three honest validators, one that lies and a network that
 * delivers whatever it likes can come to. `npm run soak:ledger-model` searches larger worlds.
 */
describe('whatever happens in whatever order, a slot has one outcome', () => {
  // `unlock` is a part of `resolution`: the same with fewer values to choose.
  const { unlock: _, ...scenarios } = small;

  it.each(Object.entries(scenarios))(
    '%s',
    (_name, scenario) => {
      const found = search(scenario, shipped);
      expect(found).toMatchObject({ violation: undefined, trace: [], exhausted: true });
      // A search that goes nowhere would find nothing.
      expect(found.states).toBeGreaterThan(40_000);
    },
    60_000,
  );
});

describe('wherever the validators have got to', () => {
  const scenario = small.cheatedAbroad;
  const judged = (protocol: Protocol) =>
    search(scenario, protocol, { judge: (validators, open) => finish(scenario, protocol, validators, open) });

  it('one more ballot of the honest decides both slots of a trade, and as settled', () => {
    expect(judged(shipped)).toMatchObject({ violation: undefined, exhausted: true });
  });

  it('which a slot that waits for ever would not', () => {
    expect(judged(waitsForEver.protocol).violation).toBe("other can't be decided any more");
  });
});
