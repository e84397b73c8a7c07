import { type Figure, type Measured, median } from './figure.ts';
import { type NodeProcess, withOrganism } from './organism.ts';
import { replacedAt } from './replaced.ts';

const NODES = 12;
const ROUNDS = 3;

/** By slots of a full tree: the last cell, the first one below the root, the root. */
const ROLES = ['leaf', 'interior', 'root'] as const;
type Role = (typeof ROLES)[number];

type Samples = Readonly<Record<Role, readonly number[]>>;

/**
 * `kill -9` of one node of twelve (preset `local`) until all others have taken the decision that replaces it, by the times
 * in their own logs. One after the other of the same organism, three of each role; the first root leads, too.
 */
async function measureAll(say: (progress: string) => void): Promise<Samples> {
  return withOrganism(NODES, async (organism) => {
    const samples: Record<Role, number[]> = { leaf: [], interior: [], root: [] };
    let living = [...organism.nodes];
    for (let round = 1; round <= ROUNDS; round++) {
      for (const role of ROLES) {
        const [witness] = living;
        if (witness === undefined) throw new Error('no node is left');
        const victim = await occupantOf(role, living, (await organism.client(witness).status()).trees[0]?.cells ?? []);
        living = living.filter((node) => node !== victim);
        const killedAt = Date.now();
        process.kill(victim.pid, 'SIGKILL');
        const learned = await Promise.all(living.map((node) => replacedAt(node, victim.id, killedAt)));
        samples[role].push((Math.max(...learned) - killedAt) / 1000);
        say(`${role} ${round}/${ROUNDS}: ${samples[role].at(-1)?.toFixed(2)} s`);
      }
    }
    return samples;
  });
}

async function occupantOf(
  role: Role,
  living: readonly NodeProcess[],
  cells: readonly { readonly node: string }[],
): Promise<NodeProcess> {
  const cell = role === 'leaf' ? cells.at(-1) : cells[role === 'root' ? 0 : 1];
  const found = living.find(({ id }) => id === cell?.node);
  if (found === undefined) throw new Error(`there is no ${role}`);
  return found;
}

let measured: Promise<Samples> | undefined;

const figureOf = (role: Role): Figure => ({
  name: `kill-${role}`,
  unit: 's',
  expected: { atMost: 1.5 },
  run: async (say): Promise<Measured> => {
    measured ??= measureAll(say);
    const samples = (await measured)[role];
    return { value: median(samples), samples };
  },
});

export const killFigures: readonly Figure[] = ROLES.map(figureOf);
