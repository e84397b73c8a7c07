import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { changesOf, type Mutant, mutate } from './mutant.ts';

export type Simulation = typeof import('../../src/runtime/simulation/index.ts');
type Program = typeof import('../../src/cli/program.ts');

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Beside the packages, so that these are found; git and the build know nothing of it. */
const FOLDER = `${ROOT}node_modules/.cache/peertree-mutants`;

/**
 * The simulator with our own source as it is, or with a mutant's changes.
 *
 * @throws Error where the mutant no longer applies
 */
export function bundleOf(mutant: Mutant | null): Promise<Simulation> {
  return bundle<Simulation>(mutant, 'src/runtime/simulation/index.ts');
}

/** The same of the command line. */
export function programOf(mutant: Mutant | null): Promise<Program> {
  return bundle<Program>(mutant, 'src/cli/program.ts');
}

/** The changes are applied while the source is read. What is bundled shares no module with what the test itself imports. */
async function bundle<T>(mutant: Mutant | null, entry: string): Promise<T> {
  const { outputFiles } = await build({
    entryPoints: [ROOT + entry],
    outfile: `${FOLDER}/bundle.mjs`,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    plugins: [reading(mutant)],
  });
  const text = outputFiles[0]?.text ?? '';
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const path = `${FOLDER}/${mutant?.name ?? 'original'}-${hash}.mjs`;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(path, text);
  return (await import(pathToFileURL(path).href)) as T;
}

/** Reads our source, with the changes of the mutant, and with the places that files know themselves by. */
function reading(mutant: Mutant | null): Plugin {
  return {
    name: 'mutant',
    setup: ({ onLoad, onEnd }) => {
      const unread = new Set(mutant === null ? [] : changesOf(mutant).keys());
      onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        const file = path.slice(ROOT.length);
        const source = await readFile(path, 'utf8');
        const text = mutant === null ? source : mutate(mutant, file, source);
        unread.delete(file);
        return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' };
      });
      onEnd(() => {
        const [file] = unread;
        if (file !== undefined)
          throw new Error(`mutant ${mutant?.name} changes ${file}, which the simulator doesn't use`);
      });
    },
  };
}
