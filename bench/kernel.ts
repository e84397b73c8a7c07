import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bound, Figure, Measured, Skipped } from './figure.ts';
import type { Scores } from './kernel/rounds.ts';

/**
 * What the actor kernel does within one process, beside others: each contender is a process of its own that does the
 * same rounds (bench/kernel/rounds.ts) and counts what was done, not what was sent.
 */

const DEADLINE_MS = 300_000;
const PEERS = fileURLToPath(new URL('peers/node_modules', import.meta.url));

interface Contender {
  readonly name: string;
  /** Under bench/. */
  readonly script: string;
  /** Below bench/peers/node_modules, where it has to be installed first. */
  readonly needs?: string;
}

const PEERTREE: Contender = { name: 'kernel', script: 'kernel/peertree.ts' };

const OTHERS: readonly Contender[] = [
  { name: 'xstate', script: 'kernel/xstate.ts' },
  { name: 'nact', script: 'peers/nact.mjs', needs: 'nact' },
  { name: 'comedy', script: 'peers/comedy.mjs', needs: 'comedy' },
  { name: 'erlang', script: 'kernel/counter.escript' },
];

const UNITS: Readonly<Record<keyof Scores, string>> = {
  tell: 'messages/s',
  ask: 'answers/s',
  spawn: 'actors/s',
  bytes: 'bytes/actor',
};

/** The third of DESIGN.md's bounds is for a cell of six organs: 25 KB. */
const EXPECTED: Readonly<Partial<Record<keyof Scores, Bound>>> = {
  tell: { atLeast: 1_500_000 },
  spawn: { atLeast: 150_000 },
  bytes: { atMost: 25_000 / 6 },
};

/** One run of a contender gives all four of its numbers. */
const runs = new Map<string, Promise<Scores | Skipped>>();

async function scoresOf({ name, script, needs }: Contender): Promise<Scores | Skipped> {
  if (needs !== undefined && !existsSync(`${PEERS}/${needs}`)) return { skipped: 'not installed: npm run bench:peers' };
  const path = fileURLToPath(new URL(script, import.meta.url));
  const command = script.endsWith('.escript')
    ? ['escript', path]
    : [process.execPath, '--expose-gc', '--import', 'tsx', path];
  const [file = '', ...args] = command;
  try {
    const { stdout } = await promisify(execFile)(file, args, { timeout: DEADLINE_MS });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Scores;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { skipped: `${name} needs ${file}, which is not installed` };
  }
}

function figureOf(contender: Contender, score: keyof Scores): Figure {
  const expected = contender === PEERTREE ? EXPECTED[score] : undefined;
  return {
    name: `${contender.name}-${score}`,
    unit: UNITS[score],
    ...(expected === undefined ? {} : { expected }),
    async run(): Promise<Measured | Skipped> {
      const run = runs.get(contender.name) ?? scoresOf(contender);
      runs.set(contender.name, run);
      const scores = await run;
      return 'skipped' in scores ? scores : { value: scores[score], samples: [scores[score]] };
    },
  };
}

const SCORES = Object.keys(UNITS) as (keyof Scores)[];

export const kernelFigures: readonly Figure[] = SCORES.map((score) => figureOf(PEERTREE, score));

/** Beside ours, in the same run. */
export const kernelPeers: readonly Figure[] = OTHERS.flatMap((peer) => SCORES.map((score) => figureOf(peer, score)));
