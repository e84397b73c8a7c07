import { jsonOption } from '../options.ts';
import type { Register } from '../program.ts';
import { print, printJson } from '../terminal.ts';

export const register: Register = (program, terminal) => {
  const genome = program.command('genome').description('work with genome files');
  genome
    .command('check')
    .description('check genome files, and name file, line and column of whatever is wrong')
    .argument('<files...>', 'genome files (YAML)')
    .addOption(jsonOption())
    .action(async (files: readonly string[], { json }: { json?: true }) => {
      // Only here: the schema compiler takes longer to load than most commands to run.
      const { loadGenome } = await import('../../actors/genome.ts');
      for (const file of files) {
        const { genome: name, version } = await loadGenome(file);
        if (json === true) await printJson(terminal, { file, genome: name, version, valid: true });
        else await print(terminal, `${file}: ${name} ${version} is a valid genome`);
      }
    });
};
