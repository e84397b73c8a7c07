import { mkdir } from 'node:fs/promises';
import { Fault } from '../../contract/errors.ts';
import { SIGNAL_EXITS, withSignals } from '../interrupt.ts';
import { absolute, collected, dataOption, jsonOption, portOption, wholeNumber } from '../options.ts';
import { type OrganismFile, readOrganismFile, writeOrganismFile } from '../organism-file.ts';
import { paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { print, printJson, say, type Terminal } from '../terminal.ts';
import { ownProgram } from '../up/child.ts';
import { detached } from '../up/detach.ts';
import { Fleet } from '../up/fleet.ts';
import { asking, grow } from '../up/grow.ts';
import { lockOrganism } from '../up/lock.ts';
import { NODES_MAX, type PlannedNode, planNodes } from '../up/plan.ts';
import { freePorts } from '../up/ports.ts';
import { drawWelcome, invocation, type WholeEvent, wholeEvent } from '../up/welcome.ts';

interface UpFlags {
  readonly data: string;
  readonly nodes?: number;
  readonly port?: number;
  readonly genome?: readonly string[];
  readonly respawn: boolean;
  readonly detach?: true;
  readonly json?: true;
}

const HALT_MS = 5_000;
const DATA_DEFAULT = './organism';

export const register: Register = (program, terminal) => {
  program
    .command('up')
    .description('grow a local organism, or bring back the one in the data folder; Ctrl-C halts it')
    .option('--nodes <nodes>', 'how many nodes (default: as many as there were, else 5)', wholeNumber(1, NODES_MAX))
    .addOption(dataOption(DATA_DEFAULT))
    .addOption(portOption('the first of their ports; 0 takes free ones and remembers them (default: 4400)'))
    .option(
      '--genome <file>',
      'a genome to run instead of the shipped ones, remembered; may be repeated (default: as before)',
      collected,
    )
    .option('--no-respawn', 'leave nodes dead that die')
    .option('--detach', "go on in the background; 'peertree down' halts it")
    .addOption(jsonOption())
    .action((flags: UpFlags) => up(terminal, flags));
};

async function up(terminal: Terminal, flags: UpFlags): Promise<void> {
  const folder = absolute(terminal.cwd, flags.data);
  await mkdir(folder, { recursive: true });
  if (flags.detach === true) return upDetached(terminal, folder, flags);
  const lock = await lockOrganism(folder);
  try {
    const remembered = await readOrganismFile(folder);
    const plan = await freePorts(planNodes(remembered, flags), flags.port === 0);
    const genomes = genomePaths(terminal, flags) ?? remembered?.genomes;
    await supervise(terminal, flags, { folder, remembered, plan, genomes });
  } finally {
    await lock.release();
  }
}

function genomePaths({ cwd }: Terminal, { genome }: UpFlags): readonly string[] | undefined {
  return genome?.map((path) => absolute(cwd, path));
}

async function upDetached(terminal: Terminal, folder: string, flags: UpFlags): Promise<void> {
  const args = [
    ...(flags.nodes === undefined ? [] : ['--nodes', String(flags.nodes)]),
    ...(flags.port === undefined ? [] : ['--port', String(flags.port)]),
    ...(genomePaths(terminal, flags) ?? []).flatMap((path) => ['--genome', path]),
    ...(flags.respawn ? [] : ['--no-respawn']),
  ];
  const event = await detached(folder, args, terminal.env);
  const names = (await readOrganismFile(folder))?.nodes.map(({ name }) => name) ?? [];
  await welcome(terminal, flags, event, names);
}

interface Supervision {
  readonly folder: string;
  readonly remembered: OrganismFile | undefined;
  readonly plan: readonly PlannedNode[];
  readonly genomes: readonly string[] | undefined;
}

async function supervise(terminal: Terminal, flags: UpFlags, supervision: Supervision): Promise<void> {
  const { folder, remembered, genomes } = supervision;
  const fleet = new Fleet({
    folder,
    program: ownProgram(),
    env: terminal.env,
    genomes,
    respawn: flags.respawn,
    say: (line) => say(terminal, line),
    onLeft: (name) => void forget(folder, name),
  });
  const stop = new StopOnSignal(terminal, fleet);
  await withSignals(
    (name) => stop.ask(name),
    async () => {
      try {
        if (terminal.errIsTty)
          say(terminal, remembered === undefined ? 'growing an organism …' : 'bringing the organism back …');
        const status = await grow({ ...supervision, fleet });
        fleet.settle();
        const names = fleet.members.map(({ name }) => name);
        await welcome(terminal, flags, wholeEvent(fleet.members, status), names);
        await fleet.until(() => fleet.isOver);
        throw new Fault('unreachable', 'no node is left');
      } catch (error) {
        await halt(terminal, fleet, stop.asked);
        if (!stop.asked) throw error;
      }
    },
  );
}

/** The first signal ends all waiting, which leads to the halt; the second one ends everything at once. */
class StopOnSignal {
  asked = false;
  readonly #terminal: Terminal;
  readonly #fleet: Fleet;

  constructor(terminal: Terminal, fleet: Fleet) {
    this.#terminal = terminal;
    this.#fleet = fleet;
  }

  ask(name: 'SIGINT' | 'SIGTERM'): void {
    if (this.asked) {
      this.#fleet.kill();
      process.exit(SIGNAL_EXITS[name]);
    }
    this.asked = true;
    say(this.#terminal, 'halting the organism; once more ends it at once');
    this.#fleet.fail(new Fault('cancelled', 'halted'));
  }
}

/** Tells the organism to stand still before its nodes go one by one, so that nobody takes a halt for deaths. */
async function halt(terminal: Terminal, fleet: Fleet, asked: boolean): Promise<void> {
  if (asked) {
    try {
      await asking(fleet, (client) => client.halt({ signal: AbortSignal.timeout(HALT_MS) }));
    } catch (error) {
      say(terminal, `nobody could be told of the halt (${(error as Error).message}); the nodes pause one by one`);
    }
  }
  const late = await fleet.stop();
  if (late.length > 0) throw new Fault('deadline', `${late.join(', ')} did not pause in time and had to be ended`);
}

/** A node that has left is not started again. */
async function forget(folder: string, name: string): Promise<void> {
  const file = await readOrganismFile(folder);
  if (file === undefined) return;
  await writeOrganismFile(folder, { ...file, nodes: file.nodes.filter((node) => node.name !== name) });
}

async function welcome(terminal: Terminal, flags: UpFlags, event: WholeEvent, names: readonly string[]): Promise<void> {
  if (flags.json === true) return printJson(terminal, event);
  const facts = {
    names,
    command: invocation(process.argv[1] ?? 'peertree', terminal),
    data: flags.data === DATA_DEFAULT ? '' : ` --data ${flags.data}`,
    detached: flags.detach === true,
  };
  return print(terminal, drawWelcome(event, facts, paintFor(terminal)).join('\n'));
}
