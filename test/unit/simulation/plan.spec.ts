import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { FAULT_NAMES, faultKindOf } from '../../../src/runtime/simulation/faults/catalogue.ts';
import { Dice } from '../../../src/runtime/simulation/faults/kind.ts';
import { parsePlan, writePlan } from '../../../src/runtime/simulation/plan.ts';
import { drawPlan } from '../../../src/runtime/simulation/swarm.ts';

const planOf = (seed: number, cells = 8, durationMs = 60_000) => drawPlan(seededEntropy(seed), { cells, durationMs });

describe('a drawn plan', () => {
  it('is the same for a seed, and another for another', () => {
    expect(planOf(7)).toEqual(planOf(7));
    expect(planOf(7)).not.toEqual(planOf(8));
  });

  it('uses a few of the kinds, and over many seeds all of them', () => {
    const plans = Array.from({ length: 150 }, (_, seed) => planOf(seed));
    const kinds = plans.map((plan) => new Set(plan.map(({ kind }) => kind)));
    expect(new Set(kinds.flatMap((one) => [...one])).size).toBe(FAULT_NAMES.length);
    expect(Math.max(...kinds.map(({ size }) => size))).toBeLessThan(FAULT_NAMES.length * 0.75);
  });

  it('begins its faults within the time, in order, no two of a kind at once', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 90_000 }),
        (seed, cells, durationMs) => {
          const plan = planOf(seed, cells, durationMs);
          const times = plan.map(({ at }) => at);
          expect(times.every((at) => at >= 0 && at < durationMs)).toBe(true);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          expect(new Set(plan.map(({ at, kind }) => `${kind}@${at}`)).size).toBe(plan.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never has more faults than may be', () => {
    expect(planOf(1, 8, 1e9)).toHaveLength(LIMITS.planStrikesMax);
  });

  it('spoils the disk of one node alone, and never that of the founder', () => {
    const spoiling = new Set(['doom', 'lost-disk', 'stale-disk', 'lying-disk', 'bit-rot']);
    for (let seed = 0; seed < 60; seed++) {
      const nodes = planOf(seed).flatMap((strike) =>
        spoiling.has(strike.kind) && 'node' in strike ? [strike.node] : [],
      );
      expect(new Set(nodes).size).toBeLessThanOrEqual(1);
      expect(nodes).not.toContain(0);
    }
  });
});

describe('a plan as a file', () => {
  it('reads as it was written, every kind of it', () => {
    const strikes = FAULT_NAMES.map((kind, at) => ({
      at: at * 500,
      for: 1_500,
      kind,
      ...faultKindOf(kind).draw(new Dice(seededEntropy(at), 6)),
    }));
    expect(parsePlan(writePlan(strikes as never), 'plan.json')).toEqual(strikes);
    for (let seed = 0; seed < 30; seed++) expect(parsePlan(writePlan(planOf(seed)), 'plan.json')).toEqual(planOf(seed));
  });

  it('may be YAML, with durations as people write them', () => {
    const text =
      'faults:\n  - { at: 5s, for: 1m, kind: partition, groups: [[0, 1], [2]] }\n  - { at: 250, kind: isolate-root }\n';
    expect(parsePlan(text, 'plan.yaml')).toEqual([
      { at: 5_000, for: 60_000, kind: 'partition', groups: [[0, 1], [2]] },
      { at: 250, kind: 'isolate-root' },
    ]);
  });

  it.each([
    ['{', /plan\.yaml: /],
    ['[]', /an object with a list, 'faults'/],
    ['faults: 3', /an object with a list, 'faults'/],
    ['a: &a [x]\nfaults: *a', /plan\.yaml: /],
    ['faults: [3]', /fault 1 is no object/],
    ['faults: [{ at: 1, kind: partitoin }]', /fault 1: there is no kind "partitoin" \(did you mean 'partition'\?\)/],
    ['faults: [{ at: 1, kind: crash, node: 0 }, { at: 1, kind: crash }]', /fault 2, crash: .*node/],
    ['faults: [{ at: 1, kind: crash, node: -1 }]', /crash: \/node must be >= 0/],
    ['faults: [{ at: soon, kind: crash, node: 1 }]', /crash: \/at must be number/],
    ['faults: [{ at: 1, kind: loss, rate: 2 }]', /loss: \/rate must be <= 1/],
    ['faults: [{ at: 1, kind: loss, rate: 1, color: red }]', /loss: .*additional/],
  ])('says what is wrong with %j', (text, message) => {
    const read = () => parsePlan(text, 'plan.yaml');
    expect(read).toThrow(message);
    expect(read).toThrow(expect.toSatisfy((error) => isFault(error, 'malformed')));
  });

  it('has as many faults as may be, and not one more; and so with its bytes', () => {
    const of = (count: number): string =>
      `{"faults":[${new Array(count).fill('{"at":1,"kind":"isolate-root"}').join()}]}`;
    expect(parsePlan(of(LIMITS.planStrikesMax), 'p')).toHaveLength(LIMITS.planStrikesMax);
    expect(() => parsePlan(of(LIMITS.planStrikesMax + 1), 'p')).toThrow(`${LIMITS.planStrikesMax + 1} faults`);
    const padded = (bytes: number): string => '{"faults":[]}'.padEnd(bytes);
    expect(parsePlan(padded(LIMITS.planBytesMax), 'p')).toEqual([]);
    expect(() => parsePlan(padded(LIMITS.planBytesMax + 1), 'p')).toThrow('more than');
  });
});
