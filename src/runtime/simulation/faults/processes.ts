import { isFault } from '../../../contract/errors.ts';
import type { JsonObject } from '../../../contract/words.ts';
import { type Guard, guardOf } from '../guard.ts';
import type { CrashPoint, World } from '../world.ts';
import type { FaultKind } from './kind.ts';
import { known, node, nodes } from './links.ts';
import { maySpoil, mayStart, mayStop } from './tolerance.ts';

const POINTS: readonly CrashPoint[] = ['before-flush', 'torn-flush', 'after-flush', 'before-send', 'before-reply'];

export interface Crash {
  readonly node: number;
  readonly point?: CrashPoint;
  readonly power?: boolean;
}

/** Starts a process anew unless it runs, can't be started, or is not to come back. */
export function revive(world: World, index: number): void {
  if (mayStart(world, index)) world.background(world.restart(index));
}

export const crash: FaultKind<Crash> = {
  meaning: 'A process is killed, at once or at a point of its next flush or message, and started again at the end.',
  params: { node, 'point?': { enum: [...POINTS] }, 'power?': { type: 'boolean' } },
  lastsMs: [100, 20_000],
  draw: (dice) => {
    const target = dice.node();
    if (dice.chance(0.5)) return { node: target, point: dice.pick(POINTS) };
    return dice.chance(0.3) ? { node: target, power: true } : { node: target };
  },
  strike: (world, { node: index, point, power }) => {
    if (!mayStop(world, index)) return undefined;
    const pending = point === undefined ? undefined : world.crashAt(index, point);
    if (point === undefined) world.crash(index, power === true ? 'power' : 'crash');
    return guardOf(() => {
      pending?.dispose();
      revive(world, index);
    });
  },
};

export interface OneNode {
  readonly node: number;
}

export const doom: FaultKind<OneNode> = {
  meaning: 'A process is killed for good. Only of a node that is no voter.',
  params: { node },
  lastsMs: [1_000, 2_000],
  draw: ({ fragile }) => ({ node: fragile }),
  strike: (world, { node: index }) => {
    if (!mayStop(world, index) || !maySpoil(world, index)) return undefined;
    world.retired.add(index);
    world.crash(index);
    return guardOf(() => undefined);
  },
};

export const freeze: FaultKind<OneNode> = {
  meaning: 'A process is stopped (SIGSTOP) and goes on at the end: its timers are late, and it knows nothing of it.',
  params: { node },
  lastsMs: [100, 15_000],
  draw: (dice) => ({ node: dice.node() }),
  strike: (world, { node: index }) => (mayStop(world, index) ? world.freeze(index) : undefined),
};

export interface Thrash extends OneNode {
  readonly everyMs: number;
}

/** Beyond so many lives a plan would only burn time. */
const LIVES_MAX = 20;

export const thrash: FaultKind<Thrash> = {
  meaning: 'A process is killed and started again, over and over: its slot is given away and taken back.',
  params: { node, everyMs: { type: 'number', minimum: 1 } },
  lastsMs: [2_000, 15_000],
  draw: (dice) => ({ node: dice.node(), everyMs: dice.between(50, 4_000) }),
  strike: (world, { node: index, everyMs }) => {
    if (!mayStop(world, index)) return undefined;
    let lives = 0;
    let cancel = (): void => undefined;
    const turn = (): void => {
      if (world.at(index).running) world.crash(index);
      else revive(world, index);
      lives += 1;
      if (lives < LIVES_MAX) cancel = world.clock.schedule(everyMs, turn);
    };
    turn();
    return guardOf(() => {
      cancel();
      revive(world, index);
    });
  },
};

export interface Leave {
  readonly nodes: readonly number[];
}

export const leave: FaultKind<Leave> = {
  meaning: 'Nodes give up their places at the same time, in good order, and never come back. None of them votes.',
  params: { nodes },
  lastsMs: [1_000, 2_000],
  draw: (dice) => ({ nodes: [dice.fragile, ...(dice.chance(0.3) ? [dice.node()] : [])] }),
  strike: (world, { nodes: indices }) => {
    const leaving = [...new Set(known(world, indices))].filter(
      (index) =>
        !world.leaving.has(index) &&
        world.at(index).running &&
        !world.at(index).frozen &&
        maySpoil(world, index) &&
        !world.retired.has(index),
    );
    if (leaving.length === 0 || world.running.length - leaving.length < 3) return undefined;
    for (const index of leaving) world.background(depart(world, index));
    return guardOf(() => undefined);
  },
};

/** Where the organism has no authority the node is not let go, and stays. */
async function depart(world: World, index: number): Promise<void> {
  const { living } = world.at(index);
  world.leaving.add(index);
  try {
    await living.leave();
  } catch (error) {
    if (!isFault(error)) throw error;
    return;
  }
  world.retired.add(index);
  await world.at(index).close();
}

export interface Join {
  readonly cells: number;
}

export const joinStorm: FaultKind<Join> = {
  meaning: 'New nodes are started at once.',
  params: { cells: { type: 'integer', minimum: 1 } },
  lastsMs: [1_000, 2_000],
  draw: (dice) => ({ cells: dice.between(1, Math.max(2, Math.ceil(dice.cells / 2))) }),
  strike: (world, { cells }) => {
    const host = world.running.find((one) => !one.frozen);
    if (host === undefined) return undefined;
    world.background(storm(world, host.index, cells));
    return guardOf(() => undefined);
  },
};

/** Without authority there is no invitation, and nobody comes. */
async function storm(world: World, host: number, cells: number): Promise<void> {
  let token: string;
  try {
    token = await world.node(host).invite({ uses: cells });
  } catch (error) {
    if (!isFault(error)) throw error;
    return;
  }
  for (let cell = 0; cell < cells; cell++) await world.join(token);
}

export interface Jump extends OneNode {
  readonly byMs: number;
}

const anyNumber: JsonObject = { type: 'number' };

export const clockJump: FaultKind<Jump> = {
  meaning: "A machine's wall clock jumps, and jumps back at the end.",
  params: { node, byMs: anyNumber },
  lastsMs: [1_000, 30_000],
  draw: (dice) => ({ node: dice.node(), byMs: dice.between(100, 7_200_000) * (dice.chance(0.5) ? 1 : -1) }),
  strike: (world, { node: index, byMs }) => shifted(world, index, byMs),
};

function shifted(world: World, index: number, byMs: number): Guard | undefined {
  if (known(world, [index]).length === 0) return undefined;
  world.jump(index, byMs);
  return guardOf(() => world.jump(index, -byMs));
}

export interface Drift extends OneNode {
  readonly rate: number;
}

export const clockDrift: FaultKind<Drift> = {
  meaning: "A machine's clock runs faster or slower: at a rate of 0.1 it gains a second in ten.",
  params: { node, rate: { type: 'number', exclusiveMinimum: -1 } },
  lastsMs: [5_000, 60_000],
  draw: (dice) => ({ node: dice.node(), rate: (dice.between(1, 200) / 1_000) * (dice.chance(0.5) ? 1 : -1) }),
  strike: (world, { node: index, rate }) => (known(world, [index]).length === 0 ? undefined : world.drift(index, rate)),
};
