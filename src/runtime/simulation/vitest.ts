import { test as base, expect, type TestAPI } from 'vitest';
import { type Invariant, Violation } from './invariant.ts';
import { Judge } from './judge.ts';
import type { Verdict } from './simulate.ts';
import { World, type WorldOptions } from './world.ts';

/**
 * For tests of one's own with vitest: an organism that is grown before each test and held to every invariant while it
 * runs, and the matchers that go with it. A module of its own, so that `peertree/simulation` needs no test runner.
 *
 * @example
 * import { expect, test } from 'peertree/simulation/vitest'
 * test('a cell that dies is replaced', async ({ world }) => {
 *   world.crash(2)
 *   await expect(world).toBecomeWhole(30_000)
 * })
 */
export interface WorldTestOptions extends WorldOptions {
  /** What the world is held to all the time. @default every invariant that a world shows by itself */
  readonly invariants?: readonly Invariant[];
}

export interface WorldFixture {
  /** Whole when the test begins. */
  readonly world: World;
}

const judges = new WeakMap<World, Judge>();

/** `test`, with a world of one's own making. @example const test = worldTest({ nodes: 9, seed: 7 }) */
export function worldTest(options: WorldTestOptions = {}): TestAPI<WorldFixture> {
  return base.extend<WorldFixture>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that one depends on from this pattern.
    world: async ({}, use) => {
      const world = await growJudged(options);
      await use(world);
      judges.get(world)?.sweep();
    },
  });
}

/** Five nodes, one site, seed 1. */
export const test: TestAPI<WorldFixture> = worldTest();

/** A world that is held to the invariants from its first event on; a breach comes out of whatever lets time pass. */
export function growJudged({ invariants, ...options }: WorldTestOptions = {}): Promise<World> {
  return World.grow({
    ...options,
    begin: (world) => {
      const judge = new Judge(world, [], invariants);
      judges.set(world, judge);
      world.observe((observation) => judge.see(observation));
      options.begin?.(world);
    },
  });
}

const LISTED_MAX = 10;

expect.extend({
  toBeWhole: (world: World) => {
    const flaws = world.flaws();
    return {
      pass: flaws.length === 0,
      message: () => `the organism is ${flaws.length === 0 ? '' : 'not '}whole\n${listed(flaws)}`,
    };
  },

  toBecomeWhole: async (world: World, withinMs = 30_000) => {
    const failure = await world.untilWhole(withinMs).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure instanceof Violation) throw failure;
    return {
      pass: failure === undefined,
      message: () =>
        failure === undefined ? `the organism became whole within ${withinMs} virtual ms` : String(failure),
    };
  },

  toHaveNoViolation: (world: World) => {
    const violation = violationOf(world);
    return {
      pass: violation === undefined,
      message: () => (violation === undefined ? 'every invariant holds' : violation.message),
    };
  },

  toHold: ({ violation, seed, cells, trace }: Verdict) => ({
    pass: violation === null,
    message: () =>
      violation === null
        ? `seed ${seed} of ${cells} cells holds`
        : `seed ${seed} of ${cells} cells breaks ${violation.invariant} (trace ${trace})\n${violation.detail}`,
  }),
});

function violationOf(world: World): Violation | undefined {
  const judge = judges.get(world) ?? new Judge(world);
  try {
    judge.sweep();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
}

function listed(flaws: readonly string[]): string {
  const more = flaws.length > LISTED_MAX ? [`... and ${flaws.length - LISTED_MAX} more`] : [];
  return [...flaws.slice(0, LISTED_MAX), ...more].join('\n');
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: a declaration merges only with the same parameters as Vitest's own.
  interface Matchers<T = any> {
    /** Of a `World`: one tree of all nodes that run, at this moment. */
    toBeWhole(): T;
    /** Of a `World`: lets up to so many virtual milliseconds pass until it is. @default 30_000 */
    toBecomeWhole(withinMs?: number): Promise<T>;
    /** Of a `World`: every invariant that can be seen by looking. */
    toHaveNoViolation(): T;
    /** Of a `Verdict` of `simulate`. */
    toHold(): T;
  }
}

export { expect };
