import { rootPeerGroup } from '../../../contract/slots.ts';
import type { JsonObject } from '../../../contract/words.ts';
import { newestOf } from '../wholeness.ts';
import type { World } from '../world.ts';
import type { FaultKind } from './kind.ts';

/** Schema of a node's number. */
export const node: JsonObject = { type: 'integer', minimum: 0 };
export const nodes: JsonObject = { type: 'array', items: node, minItems: 1 };

const LASTS_MS = [1_000, 20_000] as const;

/** Nodes that a plan names but the world doesn't have are left out, so that a plan can be tried with fewer cells. */
export function known(world: World, indices: readonly number[]): number[] {
  return indices.filter((index) => index < world.nodes.length);
}

export interface Groups {
  readonly groups: readonly (readonly number[])[];
}

export const partition: FaultKind<Groups> = {
  meaning: 'Nodes of different groups do not reach each other; those that no group names are one more group.',
  params: { groups: { type: 'array', items: nodes, minItems: 1 } },
  lastsMs: LASTS_MS,
  draw: (dice) => ({ groups: [dice.someNodes()] }),
  strike: (world, { groups }) => world.partition(...groups.map((group) => known(world, group))),
};

export interface Ends {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export const oneWay: FaultKind<Ends> = {
  meaning: 'Nothing that these nodes say arrives at those; what those say arrives.',
  params: { from: nodes, to: nodes },
  lastsMs: LASTS_MS,
  draw: (dice) => ({ from: dice.someNodes(), to: dice.someNodes() }),
  strike: (world, { from, to }) => world.cut(known(world, from), known(world, to)),
};

export interface Sides {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

export const split: FaultKind<Sides> = {
  meaning: 'Two groups do not reach each other, while everybody else reaches both: reachability is not transitive.',
  params: { a: nodes, b: nodes },
  lastsMs: LASTS_MS,
  draw: (dice) => ({ a: dice.someNodes(), b: dice.someNodes() }),
  strike: (world, { a, b }) => world.split(known(world, a), known(world, b)),
};

export const isolateRoot: FaultKind<object> = {
  meaning: "The root's peer group of that moment is cut off from everybody else.",
  params: {},
  lastsMs: LASTS_MS,
  draw: () => ({}),
  strike: (world) => {
    const view = newestOf(world.nodes.map((one) => one.view));
    const map = Object.values(view?.trees ?? {}).find(({ genome }) => genome === view?.genomes[0]);
    if (map === undefined) return undefined;
    const group = rootPeerGroup(map).map((id) => world.indexOf(id));
    return group.length === world.running.length ? undefined : world.partition(group);
  },
};

export interface Link {
  readonly a: number;
  readonly b: number;
}

export const hold: FaultKind<Link> = {
  meaning: 'What two nodes say to each other waits until the end, then arrives at once.',
  params: { a: node, b: node },
  lastsMs: [200, 8_000],
  draw: (dice) => {
    const [a, b] = dice.pair();
    return { a, b };
  },
  strike: (world, { a, b }) => (a === b || known(world, [a, b]).length < 2 ? undefined : world.hold(a, b)),
};
