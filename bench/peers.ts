import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Figure, type Measured, median, type Skipped } from './figure.ts';
import { mebibytesPerSecond } from './random-file.ts';

/**
 * Others' numbers beside ours: 64 MiB of random bytes between two processes on loopback. They are installed by
 * `npm run bench:peers` alone, and where it can be had they run in a network of their own, in which nothing else is.
 */

const RUNS = 3;
const RUN_DEADLINE_MS = 120_000;
const FOLDER = fileURLToPath(new URL('peers/', import.meta.url));

interface Pair {
  readonly bytes: number;
  readonly seconds: number;
}

async function measurePeer(script: string, say: (progress: string) => void): Promise<Measured | Skipped> {
  if (!existsSync(`${FOLDER}node_modules`)) return { skipped: 'not installed: npm run bench:peers' };
  const alone = hasOwnNetwork();
  const samples: number[] = [];
  for (let run = 1; run <= RUNS; run++) {
    const { bytes, seconds } = await runPair(script, alone);
    samples.push(mebibytesPerSecond(bytes, seconds * 1000));
    say(`${run}/${RUNS}: ${samples.at(-1)?.toFixed(1)} MiB/s`);
  }
  return { value: median(samples), samples, notes: { network: alone ? 'a namespace of its own' : 'loopback' } };
}

/** Needs root on Linux. */
function hasOwnNetwork(): boolean {
  return spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

async function runPair(script: string, alone: boolean): Promise<Pair> {
  const command = alone
    ? ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$0" "$1"', process.execPath, `${FOLDER}${script}`]
    : [process.execPath, `${FOLDER}${script}`];
  const [file = '', ...args] = command;
  const { stdout } = await promisify(execFile)(file, args, { timeout: RUN_DEADLINE_MS });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Pair;
}

/** Hyperdrive 13 over one encrypted TCP connection; both ends write to disk, unflushed. */
export const hyperdriveGet64mib: Figure = {
  name: 'hyperdrive-get-64mib',
  unit: 'MiB/s',
  run: (say) => measurePeer('hyperdrive.mjs', say),
};

/** Helia 7 with Bitswap over one encrypted TCP connection; both ends keep their blocks in memory. */
export const heliaGet64mib: Figure = {
  name: 'helia-get-64mib',
  unit: 'MiB/s',
  run: (say) => measurePeer('helia.mjs', say),
};
