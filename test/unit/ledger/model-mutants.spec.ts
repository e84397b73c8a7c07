import { describe, expect, it } from 'vitest';
import { mutants } from './model/mutants.ts';
import { shipped } from './model/protocol.ts';
import { deep, small } from './model/scenarios.ts';
import { search } from './model/search.ts';
import { wander } from './model/wander.ts';

describe('a protocol with one thing wrong is found out: one that', () => {
  it.each(mutants.map(({ wrong, ...mutant }) => [wrong, mutant] as const))('%s', (_wrong, { scenario, protocol }) => {
    expect(wander(scenario, protocol, { seed: 1, walks: 50_000 })).toBeDefined();
  });
});

describe('the shipped protocol is not, in worlds too large to be searched with every test run', () => {
  it.each(Object.entries(deep))('%s', (_name, scenario) => {
    expect(wander(scenario, shipped, { seed: 1, walks: 100 })).toBeUndefined();
  });
});

describe('a violation', () => {
  it('comes with the shortest way to it', () => {
    const { scenario, protocol } =
      mutants.find(({ wrong }) => wrong === 'credits on a certificate') ?? mutants[0] ?? none();
    const found = search(scenario, protocol);
    expect(found.violation).toBe('paid and settled differ in home: order and void');
    expect(found.trace).toHaveLength(6);
    expect(found.trace).toContain('vote:order');
  });

  it('is not looked for beyond a bound, and the search says so', () => {
    expect(search(small.unlock, shipped, { statesMax: 100 })).toMatchObject({ exhausted: false, violation: undefined });
  });
});

function none(): never {
  throw new Error('there are no mutants');
}
