import { describe, expect, it } from 'vitest';
import { readRepository } from './repository.ts';
import * as rules from './rules.ts';

const repository = readRepository();
const violations = (rule: rules.Rule): string[] => repository.flatMap(rule);

describe('the repository', () => {
  it('is read whole, without what git ignores', () => {
    const paths = repository.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['package-lock.json', '.ci/run', 'test/tidy/rules.ts']));
    expect(paths.filter((path) => /(^|\/)(\.git|node_modules|dist)\//.test(path))).toEqual([]);
  });

  it('takes clock and randomness from the ports', () => expect(violations(rules.noAmbientClock)).toEqual([]));
  it('imports along the layers', () => expect(violations(rules.importsFollowLayers)).toEqual([]));
  it('names files after their noun', () => expect(violations(rules.namesSayTheNoun)).toEqual([]));
  it('has no leftovers', () => expect(violations(rules.noLeftovers)).toEqual([]));
  it('swallows no error', () => expect(violations(rules.noEmptyCatch)).toEqual([]));
  it('keeps source files short', () => expect(violations(rules.sourceFitsInTheHead)).toEqual([]));
  it('has no trace of a machine', () => expect(violations(rules.noMachineTraces)).toEqual([]));
});
