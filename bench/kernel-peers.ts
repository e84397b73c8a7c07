import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figure, Measured, Skipped } from './figure.ts';

/**
 * Others' actors beside ours, under the same load (bench/peers/trial.mjs): tell, ask, spawn, and what one takes of the
 * heap. nact and Comedy are installed by `npm run bench:peers` alone; Erlang is Debian's `erlang-base`.
 */
interface Rates {
  readonly tell: number;
  readonly ask: number;
  readonly spawn: number;
  readonly bytes: number;
}

interface Library {
  readonly name: string;
  readonly command: readonly [file: string, ...args: string[]];
  /** Why it can't be run here. */
  missing(): string | undefined;
}

const FOLDER = fileURLToPath(new URL('peers/', import.meta.url));
const RUN_DEADLINE_MS = 300_000;

const uninstalled = (name: string): string | undefined =>
  existsSync(`${FOLDER}node_modules/${name}`) ? undefined : 'not installed: npm run bench:peers';

const node = (name: string): Library['command'] => [process.execPath, '--expose-gc', `${FOLDER}${name}.mjs`];

const LIBRARIES: readonly Library[] = [
  { name: 'xstate', command: node('xstate'), missing: () => undefined },
  { name: 'nact', command: node('nact'), missing: () => uninstalled('nact') },
  { name: 'comedy', command: node('comedy'), missing: () => uninstalled('comedy') },
  {
    name: 'erlang',
    command: ['escript', `${FOLDER}erlang.escript`],
    missing: () =>
      spawnSync('escript', ['+V']).error === undefined ? undefined : 'not installed: apt-get install erlang-base',
  },
];

const runs = new Map<string, Promise<Rates>>();

/** One run for all the figures of a library. One scheduler, as the others have one thread. */
function ratesOf({ name, command: [file, ...args] }: Library): Promise<Rates> {
  const env = { ...process.env, ERL_FLAGS: '+S 1:1' };
  const known =
    runs.get(name) ??
    promisify(execFile)(file, args, { timeout: RUN_DEADLINE_MS, env }).then(
      ({ stdout }) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Rates,
    );
  runs.set(name, known);
  return known;
}

const UNITS = { tell: 'tell/s', ask: 'ask/s', spawn: 'actors/s', bytes: 'bytes/actor' } as const;

function figureOf(library: Library, what: keyof Rates): Figure {
  return {
    name: `${library.name}-${what}`,
    unit: UNITS[what],
    async run(say): Promise<Measured | Skipped> {
      const skipped = library.missing();
      if (skipped !== undefined) return { skipped };
      say(`the load of bench/peers/trial.mjs`);
      const { [what]: value } = await ratesOf(library);
      return { value, samples: [value] };
    },
  };
}

export const kernelPeers: readonly Figure[] = LIBRARIES.flatMap((library) =>
  (['tell', 'ask', 'spawn', 'bytes'] as const).map((what) => figureOf(library, what)),
);
