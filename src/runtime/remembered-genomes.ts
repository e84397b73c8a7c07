import { isAbsolute, resolve } from 'node:path';
import { checkGenomes, type Genome, loadGenome, requireGrowable, SHIPPED_GENOMES } from '../actors/genome.ts';
import { Fault } from '../contract/errors.ts';
import type { Store } from '../contract/ports.ts';
import type { Json, View } from '../contract/words.ts';

/** What a node's store keeps of the genomes that it runs. */
export interface RememberedGenomes {
  /** Absolute paths of their files; null for the shipped ones. */
  readonly files: readonly string[] | null;
  readonly trees: readonly Trait[];
}

/** What of a genome an organism was founded with, and can't be changed by another file. */
interface Trait {
  readonly genome: string;
  readonly fanout: number;
}

export interface LoadedGenomes {
  readonly files: readonly string[] | null;
  readonly genomes: readonly Genome[];
}

/** Reads and checks the files, the shipped ones where none are given. @throws Fault `genome-invalid`, `system` */
export async function loadGenomes(files: readonly string[] | null): Promise<LoadedGenomes> {
  const genomes = await Promise.all((files ?? SHIPPED_GENOMES).map((path) => loadGenome(path)));
  checkGenomes(genomes);
  requireGrowable(genomes);
  return { files: files?.map((path) => (isAbsolute(path) ? path : resolve(path))) ?? null, genomes };
}

/** The genomes that the node ran before; the shipped ones where it never ran any. */
export async function loadRemembered(store: Pick<Store, 'get'>): Promise<LoadedGenomes> {
  const before = remembered(store);
  const files = before?.files ?? null;
  if (files === null) return loadShipped(before?.trees);
  try {
    return await loadGenomes(files);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault(
      'genome-invalid',
      `this node runs the genomes of ${files.join(' and ')}, which can't be used any more; give --genome where they have moved\n${why}`,
      { cause },
    );
  }
}

/**
 * Makes the node come back with these genomes when none are given.
 *
 * @throws Fault `genome-invalid` where it belongs to an organism as a node with others: its places would stay without
 * cells, and other fan-outs would say what isn't so
 */
export async function rememberGenomes(
  store: Pick<Store, 'get' | 'commit'>,
  { files, genomes }: LoadedGenomes,
): Promise<void> {
  const trees = genomes.map(traitOf);
  const view = store.get('meta', 'view') as unknown as View | undefined;
  const before = remembered(store);
  if (view !== undefined) assertSame(trees, before?.trees ?? foundedWith(view));
  const now: RememberedGenomes = { files, trees };
  if (JSON.stringify(now) === JSON.stringify(before)) return;
  await store.commit([{ table: 'meta', key: KEY, value: now as unknown as Json }]);
}

/** Of the shipped genomes those that it was founded with: a later version may ship more. */
async function loadShipped(trees: readonly Trait[] | undefined): Promise<LoadedGenomes> {
  const { genomes } = await loadGenomes(null);
  const names = trees?.map(({ genome }) => genome);
  return { files: null, genomes: genomes.filter(({ genome }) => names?.includes(genome) ?? true) };
}

const KEY = 'genomes';

function remembered(store: Pick<Store, 'get'>): RememberedGenomes | undefined {
  return store.get('meta', KEY) as unknown as RememberedGenomes | undefined;
}

const traitOf = ({ genome, tree }: Genome): Trait => ({ genome, fanout: tree.fanout });

function foundedWith({ trees }: View): Trait[] {
  return Object.values(trees).map(({ genome, fanout }) => ({ genome, fanout }));
}

function assertSame(given: readonly Trait[], founded: readonly Trait[]): void {
  const [now, then] = [shown(given), shown(founded)];
  if (now === then) return;
  throw new Fault(
    'genome-invalid',
    `this node belongs to an organism as a node with the genomes ${then}, and can't go on with ${now}; ` +
      'leave --genome out, or give another data folder to grow another organism',
  );
}

/** The same for the same genomes, whatever the order of their files. */
function shown(traits: readonly Trait[]): string {
  const words = traits.map(({ genome, fanout }) => `${genome} (${fanout} children per cell)`);
  return words.sort().join(', ');
}
