import { World } from '../src/runtime/simulation/world.ts';
import { type Figure, type Measured, median } from './figure.ts';

const CELLS = 25;
const LINK_MS = 100;
const EVERY_MS = 20;
const MESSAGES = 1_000;
/** Long enough for the last ones to arrive, and for neighbours to compare what they have. */
const AFTER_MS = 5_000;

/** What a number of broadcasts cost. */
export interface Run {
  /** Frames that carry anything of a broadcast, and their answers, by broadcasts. */
  readonly sends: number;
  readonly requests: number;
  /** From the publication until the last cell was told, milliseconds of virtual time. */
  readonly latencies: readonly number[];
}

/**
 * The load of Gossip Glomers 3d and 3e: 25 cells over links of 100 ms, any of which tells the others something, 50 times a
 * second, for 20 s in the figures. In simulation, with the organs and frames of production, on virtual time: the same on every machine.
 */
export async function measureBroadcasts(messages: number): Promise<Run> {
  const world = await World.grow({ seed: 25, nodes: CELLS, preset: 'wan', delayMs: [LINK_MS, LINK_MS] });
  const count = countBroadcastFrames(world);
  const toldAt = new Map<number, number>();
  const heard = new Map<number, number[]>();
  for (const node of world.nodes) {
    node.living.messages$.subscribe(({ body }) => {
      heard.set(body as number, [...(heard.get(body as number) ?? []), world.clock.monotonic()]);
    });
  }
  const draw = world.entropy.fork('tellers');
  for (let message = 0; message < messages; message++) {
    toldAt.set(message, world.clock.monotonic());
    void world.node(Math.floor(draw.float() * CELLS)).broadcast('glomers', message, { confirm: false });
    await world.advance(EVERY_MS);
  }
  await world.advance(AFTER_MS);
  const latencies = [...toldAt].map(([message, at]) => {
    const moments = heard.get(message) ?? [];
    if (moments.length !== CELLS) throw new Error(`message ${message} was heard ${moments.length} times`);
    return Math.max(...moments) - at;
  });
  return { sends: (count.frames * 2) / messages, requests: count.frames / messages, latencies };
}

/** Frames that carry anything of a broadcast: messages, counts, comparisons, repairs. Each is answered. */
function countBroadcastFrames(world: World): { frames: number } {
  const count = { frames: 0 };
  const passage = world.network.policy;
  world.network.policy = (from, to, request, leg) => {
    const isOne = leg === 'request' && request.route === 'frame';
    if (isOne && Buffer.from(request.bytes).includes('"kind":"broadcast.')) count.frames += 1;
    return passage(from, to, request, leg);
  };
  return count;
}

let measured: Promise<Run> | undefined;

/** One run for all the figures: it would be the same again. */
function once(): Promise<Run> {
  measured ??= measureBroadcasts(MESSAGES);
  return measured;
}

function figure(name: string, unit: string, atMost: number, of: (run: Run) => Measured): Figure {
  return {
    name,
    unit,
    expected: { atMost },
    async run(say) {
      say(`${MESSAGES} broadcasts of ${CELLS} cells over links of ${LINK_MS} ms`);
      return of(await once());
    },
  };
}

const NOTES = { cells: CELLS, linkMs: LINK_MS, broadcastsPerSecond: 1_000 / EVERY_MS };

/** Frames and their answers, comparisons included, by broadcasts: below 30 is 3d's limit, below 20 is 3e's. */
export const broadcastSends = figure('broadcast-sends', 'sends/broadcast', 20, ({ sends, requests }) => ({
  value: sends,
  samples: [sends],
  notes: { ...NOTES, requestsPerBroadcast: Number(requests.toFixed(2)) },
}));

/** Until the last of the cells was told. */
export const broadcastMedian = figure('broadcast-median', 'ms', 400, ({ latencies }) => ({
  value: median(latencies),
  samples: [median(latencies)],
  notes: NOTES,
}));

export const broadcastMax = figure('broadcast-max', 'ms', 600, ({ latencies }) => ({
  value: Math.max(...latencies),
  samples: [Math.max(...latencies)],
  notes: NOTES,
}));
