import { EPILOGUES } from '../src/runtime/simulation/epilogue/catalogue.ts';
import { simulate } from '../src/runtime/simulation/simulate.ts';
import { World, type WorldOptions } from '../src/runtime/simulation/world.ts';
import { coreSeconds } from './core-seconds.ts';
import type { Bound, Figure, Measured } from './figure.ts';

/**
 * What the simulator costs. The clock of these figures is processor time of this process, garbage collection included:
 * what others do on the machine makes it no worse. A protocol event is one message delivered, timer fired or flush
 * completed: an event of the virtual clock.
 */

const CELLS = 100;
const WARM_MS = 5_000;
const RUN_MS = 20_000;

interface Rate {
  readonly eventsPerSecond: number;
  /** Virtual seconds in one second of a core. */
  readonly timesRealTime: number;
}

/** An organism that nobody asks anything: probes, beats and heartbeats, as most of the time of most organisms is. */
async function idle(mode: WorldOptions['mode'] & {}): Promise<Rate> {
  const world = await World.grow({ seed: 7, nodes: CELLS, mode });
  await world.advance(WARM_MS);
  const before = world.clock.eventsRun;
  const seconds = await coreSeconds(() => world.advance(RUN_MS));
  return {
    eventsPerSecond: (world.clock.eventsRun - before) / seconds,
    timesRealTime: RUN_MS / 1_000 / seconds,
  };
}

let sealed: Promise<Rate> | undefined;

/** One run for two figures. */
function sealedOnce(): Promise<Rate> {
  sealed ??= idle('sealed');
  return sealed;
}

function figure(name: string, unit: string, expected: Bound | undefined, run: () => Promise<Measured>): Figure {
  return { name, unit, ...(expected === undefined ? {} : { expected }), run };
}

const one = (value: number, notes: NonNullable<Measured['notes']>): Measured => ({ value, samples: [value], notes });

const simulationSealed = figure('simulation-sealed', 'events/s', { atLeast: 500_000 }, async () =>
  one((await sealedOnce()).eventsPerSecond, { cells: CELLS }),
);

/** The same, with every frame as canonical bytes that are signed, read and verified. */
const simulationWire = figure('simulation-wire', 'events/s', undefined, async () =>
  one((await idle('wire')).eventsPerSecond, { cells: CELLS }),
);

const simulationRealTime = figure('simulation-real-time', 'x real time', { atLeast: 500 }, async () =>
  one((await sealedOnce()).timesRealTime, { cells: CELLS }),
);

const SEEDS = 200;
/** So many of them are run; the figure is what all of them would take on two cores. */
const SEEDS_RUN = 4;
const FAULTS_MS = 600_000;

/** Small organisms under drawn faults and load, every invariant held. */
const simulationSeeds = figure('simulation-200-seeds', 's', { atMost: 180 }, async () => {
  const epilogues = EPILOGUES.filter(({ name }) => name !== 'idle-is-quiet');
  const seconds = await coreSeconds(async () => {
    for (let seed = 1; seed <= SEEDS_RUN; seed++) {
      const { violation } = await simulate({ seed, cells: 5, faultsMs: FAULTS_MS, epilogues });
      if (violation !== null) throw new Error(`seed ${seed} breaks ${violation.invariant}: ${violation.detail}`);
    }
  });
  return one((seconds * SEEDS) / SEEDS_RUN / 2, { run: SEEDS_RUN, virtualMinutes: FAULTS_MS / 60_000, cores: 2 });
});

const JOINERS = 1_000;
const PLACED_WITHIN_MS = 60_000;

/** Newcomers that are started at once until the last of them has its place, in virtual time. */
const simulationJoiners = figure('simulation-1000-joiners', 'virtual s', { atMost: 10 }, async () => {
  const world = await World.grow({ seed: 7, nodes: 5, mode: 'sealed' });
  const begunAt = world.now;
  const seconds = await coreSeconds(async () => {
    await world.add(JOINERS);
    await world.untilWhole(PLACED_WITHIN_MS);
  });
  return one((world.now - begunAt) / 1_000, { joiners: JOINERS, coreSeconds: Math.round(seconds) });
});

const MANY = 10_000;

/** As many cells as one process is to hold, until every one of them is placed; what they take of it beside. */
const simulationMany = figure('simulation-10000-cells', 'core s', undefined, async () => {
  let world: World | undefined;
  const seconds = await coreSeconds(async () => {
    world = await World.grow({ seed: 7, nodes: MANY / 2, mode: 'sealed' });
  });
  const cells = world?.nodes.reduce((sum, { trees }) => sum + trees.length, 0) ?? 0;
  return one(seconds, { cells, megabytes: Math.round(process.memoryUsage().rss / 1_000_000) });
});

export const simulationFigures: readonly Figure[] = [
  simulationSealed,
  simulationWire,
  simulationRealTime,
  simulationSeeds,
  simulationJoiners,
  simulationMany,
];
