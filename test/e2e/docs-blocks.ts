import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocksOf, spansOf } from '../../docs/blocks.ts';
import { locate } from '../../docs/generate.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { processTerminal } from '../../src/cli/terminal.ts';
import { run, temporaryFolder } from './organism.ts';

/** The pages that people read, by their path from the repository's root. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(locate('docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export const BLOCKS: readonly Block[] = PAGES.flatMap((page) => blocksOf(page, textOf(page)));

/** Code spans of all pages, each with `page:line`. */
export const SPANS: readonly { readonly where: string; readonly text: string }[] = PAGES.flatMap((page) =>
  spansOf(textOf(page)).map(({ line, text }) => ({ where: `${page}:${line}`, text })),
);

export function textOf(path: string): string {
  return readFileSync(locate(path), 'utf8');
}

/** A command of a `console` block, with the lines of output that the page promises. */
export interface Step {
  readonly command: string;
  readonly promised: readonly string[];
}

/** The lines that start with `$ `, each with those below it. Throws for output before the first command. */
export function stepsOf({ page, line, text }: Block): Step[] {
  const steps: { command: string; promised: string[] }[] = [];
  for (const row of text.trimEnd().split('\n')) {
    if (row.startsWith('$ ')) steps.push({ command: row.slice(2), promised: [] });
    else if (steps.length > 0) steps.at(-1)?.promised.push(row);
    else throw new Error(`${page}:${line}: output without a command`);
  }
  return steps;
}

/** Whether the promised lines are among the output, in order; `...` stands for any text within a line. */
export function keeps(output: string, promised: readonly string[]): boolean {
  const lines = output.split('\n');
  let at = 0;
  return promised.every((row) => {
    const pattern = new RegExp(`^${row.split('...').map(escaped).join('.*')}$`);
    while (at < lines.length) if (pattern.test(lines[at++] ?? '')) return true;
    return false;
  });
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** The lines of an `sh` block, without their comments. */
export function linesOf({ text }: Block): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** What is wrong with a `peertree` command line, without running it; undefined where every word of it exists. */
export function misunderstood(line: string): string | undefined {
  let command = buildProgram(processTerminal());
  const words = line.replace(/^npx /, '').split(/\s+/).slice(1);
  for (;;) {
    const next = command.commands.find((candidate) => candidate.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  const { operands, unknown } = command.exitOverride().parseOptions(words);
  const stray = unknown.filter((word) => word !== '--help');
  if (stray.length > 0) return `'${command.name()}' does not know ${stray.join(' ')}`;
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : command.registeredArguments.length;
  return operands.length > most ? `'${command.name()}' has no use for ${operands.slice(most).join(' ')}` : undefined;
}

/** A folder laid out like a fresh checkout after `npm ci` and a build, for commands that leave things behind. */
export class Checkout {
  readonly folder: string = temporaryFolder();
  /** Nothing of the machine's but the path: no npm settings, no network, and any free ports. */
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: join(this.folder, '.home'),
    NO_COLOR: '1',
    PEERTREE_PORT: '0',
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };

  constructor() {
    for (const path of ['README.md', 'package.json', 'package-lock.json', 'genomes', 'docs', 'examples']) {
      cpSync(locate(path), join(this.folder, path), { recursive: true });
    }
    for (const path of ['node_modules', 'dist']) symlinkSync(locate(path), join(this.folder, path));
    mkdirSync(join(this.folder, '.home'));
  }

  /** Runs all of them in one shell, as a person types them one after the other; rejects at the first that fails. */
  async run(commands: readonly string[]): Promise<string[]> {
    const script = commands.map((command) => `printf '%s\\n' '${MARK}'\n${command}\n`).join('');
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err]: [string[], string[]] = [[], []];
    shell.stdout.setEncoding('utf8').on('data', (chunk: string) => out.push(chunk));
    shell.stderr.setEncoding('utf8').on('data', (chunk: string) => err.push(chunk));
    const [code] = (await once(shell, 'close')) as [number | null];
    const outputs = out.join('').split(`${MARK}\n`).slice(1);
    if (code === 0) return outputs;
    throw new Error(`'${commands[outputs.length - 1]}' ended with ${code}:\n${outputs.at(-1)}${err.join('')}`);
  }

  /** Halts every organism that was left running, and removes all. For `afterEach`. */
  async dispose(): Promise<void> {
    for (const name of readdirSync(this.folder)) {
      const data = join(this.folder, name);
      if (existsSync(join(data, 'organism.json'))) await run(['down', '--data', data]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const MARK = '--- the next command ---';
