import type { World } from '../../src/runtime/simulation/world.ts';
import { leaderOf, slotsOf, votersOf } from './questions.ts';

/** The roles that a node can have, by index. */
export const ROLES: readonly (readonly [string, (world: World) => number])[] = [
  ['the root', (world) => slotsOf(world, 0)[0] ?? -1],
  ['the leader', (world) => leaderOf(world, 0)],
  ['a voter', (world) => votersOf(world, 0).find((index) => index !== leaderOf(world, 0)) ?? -1],
  ['an interior cell', (world) => slotsOf(world, 0)[1] ?? -1],
  ['the last cell', (world) => slotsOf(world, 0).at(-1) ?? -1],
];
