import { describe, expect, it } from 'vitest';
import { maySpoil, mayStart, mayStop } from '../../../src/runtime/simulation/faults/tolerance.ts';
import { guardOf } from '../../../src/runtime/simulation/guard.ts';
import { Storm } from '../../../src/runtime/simulation/storm.ts';
import type { Strike } from '../../../src/runtime/simulation/strike.ts';
import type { World } from '../../../src/runtime/simulation/world.ts';

/** A world in which partitions, and crashes of nodes above 0, can be. */
function stage(plan: readonly Strike[], startAt = 0) {
  const heard: string[] = [];
  const world = {
    now: startAt,
    nodes: [],
    partition: () => guardOf(() => heard.push(`healed at ${world.now}`)),
    note: ({ what, strike }: { what: string; strike: Strike }) =>
      heard.push(`${what} ${strike.kind} of ${strike.at} at ${world.now}`),
  };
  const storm = new Storm(world as unknown as World, plan);
  const turnAt = (at: number): void => {
    world.now = at;
    storm.turn();
  };
  return { heard, storm, turnAt };
}

const cut = (at: number, lasts?: number): Strike => ({
  at,
  kind: 'partition',
  groups: [[1]],
  ...(lasts === undefined ? {} : { for: lasts }),
});

describe('a storm', () => {
  it('begins each strike in its time and ends it, whatever their order in the plan', () => {
    const { heard, storm, turnAt } = stage([cut(500, 100), cut(100, 1_000)], 2_000);
    expect(storm.nextAt).toBe(2_100);
    for (const at of [2_100, 2_500, 2_600, 3_100]) turnAt(at);
    expect(heard).toEqual([
      'struck partition of 100 at 2100',
      'struck partition of 500 at 2500',
      'healed at 2600',
      'ended partition of 500 at 2600',
      'healed at 3100',
      'ended partition of 100 at 3100',
    ]);
    expect(storm.nextAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('says when it next has something to do: an end as well as a beginning', () => {
    const { storm, turnAt } = stage([cut(0, 300), cut(700)]);
    turnAt(0);
    expect(storm.nextAt).toBe(300);
    turnAt(300);
    expect(storm.nextAt).toBe(700);
  });

  it('ends what is under way when faults stop, the newest first, and begins nothing more', () => {
    const { heard, storm, turnAt } = stage([cut(0), cut(1), cut(900)]);
    turnAt(10);
    storm.end();
    expect(heard.filter((line) => line.startsWith('ended'))).toEqual([
      'ended partition of 1 at 10',
      'ended partition of 0 at 10',
    ]);
    turnAt(1_000);
    expect(storm.struck).toHaveLength(2);
  });

  it('counts what was not possible as not struck', () => {
    const { heard, storm, turnAt } = stage([{ at: 0, kind: 'crash', node: 9 }, cut(0)]);
    turnAt(0);
    expect(storm.struck.map(({ kind }) => kind)).toEqual(['partition']);
    expect(heard).toEqual(['struck partition of 0 at 0']);
  });
});

describe('what the product promises to survive', () => {
  interface Sketch {
    readonly running?: boolean;
    readonly frozen?: boolean;
  }
  const worldOf = (nodes: readonly Sketch[], more: object = {}): World =>
    ({
      nodes: nodes.map((node, index) => ({ id: `n${index}`, running: true, frozen: false, view: null, ...node })),
      retired: new Set(),
      possessed: new Set(),
      ...more,
    }) as unknown as World;
  const UP = {};
  const DOWN = { running: false };

  it.each([
    ['one of two', [UP, UP], true],
    ['a second of six', [DOWN, UP, UP, UP, UP, UP], true],
    ['a third of eight', [DOWN, DOWN, UP, UP, UP, UP, UP, UP], false],
    ['a second of three', [DOWN, UP, UP], false],
    ['one beside a frozen one of five', [{ frozen: true }, UP, UP, UP, UP], false],
  ])('is or is not %s nodes away', (_what, nodes, may) => {
    expect(mayStop(worldOf(nodes), nodes.length - 1)).toBe(may);
  });

  it('stops nobody who is away, frozen or not there', () => {
    const world = worldOf([DOWN, { frozen: true }, UP, UP, UP, UP, UP, UP, UP, UP, UP, UP]);
    expect([0, 1, 2, 99].map((index) => mayStop(world, index))).toEqual([false, false, true, false]);
  });

  it('starts who is down, unless it has left or is somebody else now', () => {
    const world = worldOf([DOWN, DOWN, DOWN, UP], { retired: new Set([1]), possessed: new Set([2]) });
    expect([0, 1, 2, 3, 99].map((index) => mayStart(world, index))).toEqual([true, false, false, false, false]);
  });

  it('spoils no disk of a voter, by the newest view that anybody has', () => {
    const view = (version: number, ...voters: string[]) => ({ generation: 1, version, voters });
    const world = worldOf([UP, { view: view(2, 'n1') }, { view: view(3, 'n2') }] as never);
    expect([0, 1, 2, 99].map((index) => maySpoil(world, index))).toEqual([true, true, false, false]);
    expect(maySpoil(worldOf([UP, UP]), 0)).toBe(false);
  });
});
