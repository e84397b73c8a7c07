import { World } from '../src/runtime/simulation/world.ts';
import { type Bound, type Figure, type Measured, median } from './figure.ts';

/**
 * How long healing takes, in simulation: preset `lan` (probes every second), 20 ms from node to node and back, the organs and
 * frames of production on virtual time. The same on every machine.
 */
const LINK = { preset: 'lan', delayMs: [10, 10], mode: 'sealed' } as const;
const WHOLE_MS = 60_000;
const SETTLE_MS = 4_000;

/** At least so many of a hundred samples are no longer. */
function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

const seconds = (ms: number): number => Math.round(ms) / 1000;

async function grown(seed: number, nodes: number): Promise<World> {
  const world = await World.grow({ ...LINK, seed, nodes });
  await world.advance(SETTLE_MS);
  return world;
}

/** Any one of the nodes that run dies, until every survivor has the decision that replaces it; then it comes back. */
async function crashes(say: (progress: string) => void): Promise<number[]> {
  const samples: number[] = [];
  for (let seed = 1; seed <= 5; seed++) {
    const world = await grown(seed, 20);
    const draw = world.entropy.fork('victims');
    for (let crash = 0; crash < 20; crash++) {
      const victim = world.at(Math.floor(draw.float() * world.nodes.length));
      await world.advance(Math.floor(draw.float() * 1_000));
      const diedAt = world.now;
      world.crash(victim.index);
      const isGone = () =>
        world.running.every(({ view }) =>
          Object.values(view?.trees ?? {}).every(({ slots }) => slots.every(({ node }) => node !== victim.id)),
        );
      await world.until(isGone, WHOLE_MS, 'the replacement');
      samples.push(seconds(world.now - diedAt));
      await world.restart(victim.index);
      await world.untilWhole(WHOLE_MS);
      await world.advance(SETTLE_MS);
    }
    say(`${seed}/5: ${samples.length} crashes, median ${median(samples).toFixed(2)} s`);
  }
  return samples;
}

/** The leader dies, until a survivor has the first entry of the next one, proven. */
async function elections(say: (progress: string) => void): Promise<number[]> {
  const samples: number[] = [];
  for (let seed = 1; seed <= 10; seed++) {
    const world = await grown(100 + seed, 7);
    for (let round = 0; round < 10; round++) {
      const epoch = Math.max(...world.running.map(({ view }) => view?.epoch ?? 0));
      const leader = world.indexOf(world.running.find(({ view }) => view?.epoch === epoch)?.view?.leader ?? '');
      const diedAt = world.now;
      world.crash(leader);
      await world.until(
        () => world.running.some(({ view }) => (view?.epoch ?? 0) > epoch),
        WHOLE_MS,
        'the next leader',
      );
      samples.push(seconds(world.now - diedAt));
      await world.restart(leader);
      await world.untilWhole(WHOLE_MS);
      await world.advance(SETTLE_MS);
    }
    say(`${seed}/10: ${samples.length} elections, median ${median(samples).toFixed(2)} s`);
  }
  return samples;
}

/** Half of twenty is cut off for 60 s; from the repair until all are one tree again. */
async function heals(say: (progress: string) => void): Promise<number[]> {
  const samples: number[] = [];
  for (let seed = 1; seed <= 6; seed++) {
    const world = await grown(200 + seed, 20);
    const draw = world.entropy.fork('sides');
    world.partition(world.nodes.map(({ index }) => index).filter(() => draw.float() < 0.5));
    await world.advance(60_000);
    world.repair();
    const repairedAt = world.now;
    await world.until(() => world.flaws().length === 0, WHOLE_MS, 'one tree');
    samples.push(seconds(world.now - repairedAt));
    say(`${seed}/6: ${samples.at(-1)} s`);
  }
  return samples;
}

const LOSSY = { cells: 30, minutes: 10, loss: 0.05 };

/** Every message and every answer is lost with one chance in twenty: nobody who lives may lose its place. */
async function removals(say: (progress: string) => void): Promise<number[]> {
  const world = await grown(300, LOSSY.cells);
  const before = new Set(world.nodes.map(({ id }) => id));
  let removed = 0;
  world.observe((seen) => {
    if (seen.what !== 'told' || seen.event.kind !== 'consensus.committed' || seen.node.index !== 0) return;
    const { records } = seen.event.body as {
      readonly records: readonly { readonly entry: { readonly type: string } }[];
    };
    removed += records.filter(({ entry }) => entry.type === 'REPLACE').length;
  });
  world.lose(LOSSY.loss);
  for (let minute = 1; minute <= LOSSY.minutes; minute++) {
    await world.advance(60_000);
    say(`${minute}/${LOSSY.minutes} min: ${removed} removed of ${before.size}`);
  }
  return [removed];
}

type Sampling = (say: (progress: string) => void) => Promise<number[]>;
const done = new Map<Sampling, Promise<number[]>>();

function figure(
  name: string,
  unit: string,
  expected: Bound,
  sampling: Sampling,
  of: (samples: number[]) => number,
): Figure {
  return {
    name,
    unit,
    expected,
    run: async (say): Promise<Measured> => {
      const running = done.get(sampling) ?? sampling(say);
      done.set(sampling, running);
      const samples = await running;
      return { value: of(samples), samples, notes: { samples: samples.length } };
    },
  };
}

export const failoverFigures: readonly Figure[] = [
  figure('crash-replaced-p50', 's', { atMost: 3 }, crashes, (samples) => percentile(samples, 50)),
  figure('crash-replaced-p99', 's', { atMost: 6 }, crashes, (samples) => percentile(samples, 99)),
  figure('new-leader-p99', 's', { atMost: 2 }, elections, (samples) => percentile(samples, 99)),
  figure('partition-healed', 's', { atMost: 10 }, heals, (samples) => Math.max(...samples)),
  figure('false-removals', 'nodes', { atMost: 0 }, removals, ([removed = 0]) => removed),
];
