import type { Command } from 'commander';
import { buildProgram } from '../src/cli/program.ts';
import { processTerminal } from '../src/cli/terminal.ts';
import { FAULTS } from '../src/contract/errors.ts';
import { heading, table } from './markdown.ts';

/** Schemas that are not called like their command. */
const SCHEMAS: Readonly<Record<string, string>> = {
  stat: 'file',
  'key export': 'key-export',
  'genome new': 'genome-new',
  'genome check': 'genome-check',
  'genome explain': 'genome-explain',
  'genome diagram': 'genome-diagram',
  'genome test': 'genome-test',
  'genome types': 'genome-types',
  'passport new': 'passport',
  'passport show': 'passport',
  'letters ls': 'letters-ls',
  'letters show': 'letters-show',
  'letters replay': 'letters-replay',
  'letters drop': 'letters-drop',
  'shell new': 'shell-new',
  'shell ls': 'shell-ls',
  'shell balance': 'shell-balance',
  'shell send': 'shell-settled',
  'shell offer': 'shell-settled',
  'shell take': 'shell-settled',
  'shell cancel': 'shell-settled',
  'shell trade': 'shell-settled',
  'shell history': 'shell-history',
  'shell proof': 'shell-proof',
  'shell verify': 'shell-verify',
  'shell audit': 'shell-audit',
  'shell committee': 'shell-committee',
};

const EXITS: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done; after a halt or a pause, every node has finished its work'],
  ['1', 'failed'],
  ['2', 'the command line was not understood'],
  ['3', 'a genome is invalid'],
  ['4', 'no node can be reached, or it can not do this now'],
  ['5', 'bytes are damaged'],
  ['10, 11', 'a simulation broke an invariant: of liveness, of correctness'],
  ['130, 143', 'interrupted: Ctrl-C in a put or get, a second signal in `up` and `node`'],
];

/** Every command with its options, as the command line itself knows them. */
export function commandLinePage(): string {
  const program = buildProgram(processTerminal());
  const sections = leaves(program.commands, '').map(([name, command]) => section(name, command));
  return `${heading('Command line', 'src/cli/program.ts')}
Data go to standard output, messages and progress to standard error. Progress and colours are for terminals only
(\`NO_COLOR\` and \`FORCE_COLOR\` are honoured). Every command takes \`--json\`; what it prints then has a schema in
[schemas](schemas), and a failure is one line on standard error, \`{"error": ...}\`, with the problem's code
([schema](schemas/error.json)). An option counts before its environment variable, and that before the default.

${table(['exit code', 'meaning'], EXITS)}

Each of the ${Object.keys(FAULTS).length} codes of [errors.md](errors.md) names its exit code.

${sections.join('\n\n')}
`;
}

function leaves(commands: readonly Command[], above: string): (readonly [name: string, command: Command])[] {
  return commands.flatMap((command) => {
    const name = `${above}${command.name()}`;
    return command.commands.length === 0 ? [[name, command] as const] : leaves(command.commands, `${name} `);
  });
}

function section(name: string, command: Command): string {
  const help = command.createHelp();
  const words = command.registeredArguments.map((argument) => [
    `\`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}\``,
    argument.description,
  ]);
  const options = help
    .visibleOptions(command)
    .filter((option) => option.long !== '--help' && option.long !== '--json')
    .map((option) => [`\`${option.flags}\``, help.optionDescription(option)]);
  const parts = [...words, ...options];
  const schema = SCHEMAS[name] ?? name;
  return [
    `## peertree ${name}`,
    sentence(command.description()),
    ...(parts.length === 0 ? [] : [table(['argument or option', 'meaning'], parts)]),
    `\`--json\` prints [schemas/${schema}.json](schemas/${schema}.json).`,
  ].join('\n\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
