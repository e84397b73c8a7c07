import { type Command, Option } from 'commander';
import type { Graph } from '../../actors/genome/diagram/graph.ts';
import type { Genome } from '../../actors/genome.ts';
import { Fault } from '../../contract/errors.ts';
import { absolute, jsonOption } from '../options.ts';
import { refuseExisting, save } from '../save.ts';
import { print, printJson, type Terminal, write } from '../terminal.ts';

interface DiagramOptions {
  readonly format: 'mermaid' | 'svg';
  readonly of?: string;
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
}

/** One picture of a genome, by the name that `--of` takes. */
interface Picture {
  readonly of: string;
  readonly mermaid: string;
  readonly svg: string;
}

export function addDiagram(genome: Command, terminal: Terminal): void {
  genome
    .command('diagram')
    .description('draw the state charts of a genome, and who may ask what of which organ')
    .argument('<file>', 'a genome file')
    .addOption(new Option('--format <format>', 'what to draw in').choices(['mermaid', 'svg']).default('mermaid'))
    .addOption(new Option('--of <name>', 'one picture only: an entity by its name, or receptors'))
    .addOption(new Option('-o, --output <file>', 'write one picture to a file'))
    .addOption(new Option('-f, --force', 'replace a file that is there'))
    .addOption(jsonOption())
    .action(async (file: string, options: DiagramOptions) => {
      const { loadGenome } = await import('../../actors/genome.ts');
      const pictures = chosen(await draw(await loadGenome(file)), options);
      if (options.json === true) for (const picture of pictures) await printJson(terminal, { file, ...picture });
      else if (options.output !== undefined) await writeFile(terminal, pictures, options.output, options);
      else await print(terminal, pictures.map((picture) => textOf(picture, options)).join('\n\n'));
    });
}

async function draw(genome: Genome): Promise<readonly Picture[]> {
  const { chartGraph, receptorGraph } = await import('../../actors/genome/diagram/graph.ts');
  const { flowchart, stateDiagram } = await import('../../actors/genome/diagram/mermaid.ts');
  const { svg } = await import('../../actors/genome/diagram/svg.ts');
  const charts = Object.entries(genome.organs).flatMap(([name, organ]): [string, Graph][] =>
    organ.kind === 'entity' ? [[name, chartGraph(name, organ.chart)]] : [],
  );
  const receptors = receptorGraph(genome);
  return [
    ...charts.map(([of, graph]) => ({ of, mermaid: stateDiagram(graph), svg: svg(graph, 'down') })),
    { of: 'receptors', mermaid: flowchart(receptors), svg: svg(receptors, 'right') },
  ];
}

function chosen(pictures: readonly Picture[], { of }: DiagramOptions): readonly Picture[] {
  if (of === undefined) return pictures;
  const found = pictures.filter((picture) => picture.of === of);
  if (found.length > 0) return found;
  throw new Fault('usage', `there is no picture of '${of}', only ${pictures.map((picture) => picture.of).join(', ')}`);
}

function textOf(picture: Picture, { format }: DiagramOptions): string {
  return format === 'svg' ? picture.svg : `%% ${picture.of}\n${picture.mermaid}`;
}

async function writeFile(
  terminal: Terminal,
  [picture, ...others]: readonly Picture[],
  output: string,
  options: DiagramOptions,
): Promise<void> {
  if (picture === undefined || others.length > 0) {
    const names = [picture, ...others].map((one) => one?.of);
    throw new Fault('usage', `one picture goes into one file: say --of ${names.join(', or --of ')}`);
  }
  const target = absolute(terminal.cwd, output);
  const force = options.force === true;
  await refuseExisting(target, { force });
  await save(bytesOf(textOf(picture, options)), target, () => undefined, { force });
  await write(terminal.out, `${output}: ${picture.of} as ${options.format}\n`);
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(`${text.trimEnd()}\n`);
}
