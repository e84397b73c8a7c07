import type { Figure, Measured, Skipped } from './figure.ts';
import { pause, withOrganism } from './organism.ts';
import { anonymousBytes, cpuSeconds, unreadableReason } from './process-load.ts';

const SETTLE_SECONDS = 15;
const WATCH_SECONDS = 30;

interface Load {
  /** By node, in the order of the founding. */
  readonly megabytes: readonly number[];
  readonly corePercent: readonly number[];
}

/** Both figures are of the same half minute of the same processes. */
let watched: Promise<Load> | undefined;

function watchIdleNodes(say: (progress: string) => void): Promise<Load> {
  watched ??= withOrganism(5, async ({ nodes }) => {
    say(`settling for ${SETTLE_SECONDS} s`);
    await pause(SETTLE_SECONDS * 1000);
    const pids = nodes.map(({ pid }) => pid);
    const before = await Promise.all(pids.map(cpuSeconds));
    const start = performance.now();
    say(`watching for ${WATCH_SECONDS} s`);
    await pause(WATCH_SECONDS * 1000);
    const after = await Promise.all(pids.map(cpuSeconds));
    const seconds = (performance.now() - start) / 1000;
    const bytes = await Promise.all(pids.map(anonymousBytes));
    return {
      megabytes: bytes.map((value) => value / 1e6),
      corePercent: after.map((value, index) => ((value - (before[index] ?? 0)) / seconds) * 100),
    };
  });
  return watched;
}

async function worst(of: keyof Load, say: (progress: string) => void): Promise<Measured | Skipped> {
  const reason = unreadableReason();
  if (reason !== undefined) return { skipped: reason };
  const samples = (await watchIdleNodes(say))[of];
  return { value: Math.max(...samples), samples, notes: { nodes: samples.length, seconds: WATCH_SECONDS } };
}

/** RssAnon of an idle node of two genomes, after 45 s in an organism of five; the largest of the five. */
export const idleNodeMemory: Figure = {
  name: 'idle-node-memory',
  unit: 'MB',
  expected: { atMost: 70 },
  run: (say) => worst('megabytes', say),
};

/** Processor time of the same nodes over 30 s, in percent of a core; the busiest of the five. */
export const idleNodeCpu: Figure = {
  name: 'idle-node-cpu',
  unit: '% of a core',
  expected: { atMost: 2 },
  run: (say) => worst('corePercent', say),
};
