import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Option } from 'commander';
import { Fault, isFault } from '../../contract/errors.ts';
import type { Node, NodeEvent, NodeOptions } from '../../contract/node.ts';
import type { Preset } from '../../contract/words.ts';
import { SIGNAL_EXITS, withSignals } from '../interrupt.ts';
import { absolute, collected, dataOption, httpsUrl, jsonOption, portOption } from '../options.ts';
import { ORGANISM_FILE, readOrganismFile, writeOrganismFile } from '../organism-file.ts';
import type { Register } from '../program.ts';
import { printJson, say, type Terminal } from '../terminal.ts';
import { readAdmission } from '../up/admission.ts';

interface NodeFlags {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly join?: readonly string[];
  readonly invite?: string;
  readonly zone?: string;
  readonly preset: Preset;
  readonly genome?: readonly string[];
  readonly leash?: true;
  readonly awaitAdmission?: true;
  readonly json?: true;
}

export const register: Register = (program, terminal) => {
  program
    .command('node')
    .description(
      'run one node in the foreground; Ctrl-C pauses it, and it comes back to its places when it is started again',
    )
    .addOption(dataOption('./node'))
    .addOption(portOption('where to listen; 0 takes a free one').default(4400))
    .option('--host <host>', 'the address to listen at', '127.0.0.1')
    .option('--join <url>', 'a node of the organism to join; may be repeated', (text, before?: readonly string[]) =>
      collected(httpsUrl(text), before),
    )
    .addOption(
      new Option('--invite <token>', 'an invitation; the environment keeps it out of the process list').env(
        'PEERTREE_INVITE',
      ),
    )
    .addOption(new Option('--zone <zone>', 'what fails together with this node, such as a rack').env('PEERTREE_ZONE'))
    .addOption(
      new Option('--preset <preset>', 'how far apart the nodes are').choices(['local', 'lan', 'wan']).default('lan'),
    )
    .option(
      '--genome <file>',
      'a genome to run instead of the shipped ones, remembered; may be repeated (default: as before)',
      collected,
    )
    .addOption(
      new Option('--leash', 'pause when standard input ends, so that no node outlives its supervisor').hideHelp(),
    )
    .addOption(new Option('--await-admission', 'take contacts and invitation from a line of standard input').hideHelp())
    .addOption(jsonOption())
    .action((flags: NodeFlags) => run(terminal, flags));
};

async function run(terminal: Terminal, flags: NodeFlags): Promise<void> {
  // Only here: the other commands need neither the store nor the server.
  const { startNode } = await import('../../runtime/start-node.ts');
  const data = absolute(terminal.cwd, flags.data);
  await mkdir(data, { recursive: true });
  const stop = new Stop(terminal, flags.leash === true);
  await withSignals(
    (name) => stop.ask(name),
    async () => {
      const node = await started(async () => {
        const admission = flags.awaitAdmission === true ? await readAdmission(terminal.in, stop.signal) : {};
        return startNode({ ...nodeOptions(terminal, flags, data), ...admission, signal: stop.signal });
      }, stop.signal);
      if (node !== undefined) await live(terminal, flags, node, stop);
    },
  );
}

/** Undefined where it was stopped before it had its place. */
async function started(start: () => Promise<Node>, signal: AbortSignal): Promise<Node | undefined> {
  try {
    return await start();
  } catch (error) {
    if (signal.aborted && isFault(error, 'stopping')) return undefined;
    throw error;
  }
}

async function live(terminal: Terminal, flags: NodeFlags, node: Node, stop: Stop): Promise<void> {
  const data = absolute(terminal.cwd, flags.data);
  if (flags.leash !== true) await listIfRoom(terminal, node, data);
  await announce(terminal, flags, 'ready', { id: node.id, url: node.url, pid: process.pid, data });
  const ended = follow(terminal, flags, node);
  await Promise.race([ended, stop.asked]);
  await node.close();
  // A refusal is the reason to give, where there is one.
  await ended;
}

function nodeOptions(terminal: Terminal, flags: NodeFlags, data: string): NodeOptions {
  const { port, host, preset, join, invite, zone, genome } = flags;
  return {
    data,
    port,
    host,
    preset,
    ...(join === undefined ? {} : { join }),
    ...(invite === undefined ? {} : { invite }),
    ...(zone === undefined ? {} : { zone }),
    ...(genome === undefined ? {} : { genomes: genome.map((path) => absolute(terminal.cwd, path)) }),
  };
}

/** Prints what matters to a supervisor or a person; resolves when the node has ended, rejects where it was refused. */
function follow(terminal: Terminal, flags: NodeFlags, node: Node): Promise<void> {
  return new Promise((resolve, reject) => {
    node.events$.subscribe({
      next: (happened) => {
        void told(terminal, flags, node, happened);
        if (happened.event === 'departed') resolve();
        if (happened.event === 'refused') reject(refusal(happened));
        if (happened.event === 'failed' && happened.node === true) reject(breakdown(happened));
      },
      complete: resolve,
    });
  });
}

async function told(terminal: Terminal, flags: NodeFlags, node: Node, { event }: NodeEvent): Promise<void> {
  if (event === 'placed') await announce(terminal, flags, 'placed', { id: node.id });
  if (event === 'departed') await announce(terminal, flags, 'left', { id: node.id });
}

/** A new process may do better: whoever supervises this one starts it again. */
function breakdown({ genome, organ, error }: NodeEvent): Fault {
  return new Fault('internal', `${genome}: the organ ${organ} failed for good: ${error}`);
}

function refusal({ code, detail }: NodeEvent): Fault {
  return new Fault(code === 'superseded' ? 'superseded' : 'refused', typeof detail === 'string' ? detail : undefined);
}

/** One line: JSON on standard output for a supervisor, a sentence on standard error for a person. */
async function announce(terminal: Terminal, flags: NodeFlags, event: Announcement, facts: NodeFacts): Promise<void> {
  if (flags.json === true) return printJson(terminal, { event, ...facts });
  say(terminal, SENTENCES[event](facts));
}

type Announcement = 'ready' | 'placed' | 'left';
type NodeFacts = { readonly id: string; readonly url?: string; readonly pid?: number; readonly data?: string };

const SENTENCES: Readonly<Record<Announcement, (facts: NodeFacts) => string>> = {
  ready: ({ id, url, data }) => `node ${id}\nserves ${url}, data in ${data}`,
  placed: () => 'placed in every tree; Ctrl-C pauses it',
  left: () => 'left the organism',
};

/** A full disk ends no node, not even when it comes in with the first copies: the list is only a convenience. */
async function listIfRoom(terminal: Terminal, node: Node, data: string): Promise<void> {
  try {
    await list(node, data);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    say(
      terminal,
      `${join(data, ORGANISM_FILE)} was not written, as the disk is full: name the node by --at ${node.url}`,
    );
  }
}

/** A folder that lists its own node is one that `peertree status --data` and the others work on. */
async function list(node: Node, data: string): Promise<void> {
  const listed = await readOrganismFile(data);
  const self = { name: basename(data), id: node.id, url: node.url, port: Number(new URL(node.url).port), data: '.' };
  const known = listed?.nodes.filter(({ id }) => id !== node.id) ?? [];
  const { organism } = await node.status();
  await writeOrganismFile(data, { v: 1, organism, nodes: [self, ...known] });
}

/** The way a node ends: the first signal pauses it, the second ends the process at once. */
class Stop {
  readonly #controller = new AbortController();
  readonly #terminal: Terminal;
  readonly asked: Promise<void>;

  constructor(terminal: Terminal, leashed: boolean) {
    this.#terminal = terminal;
    this.asked = new Promise((resolve) => this.signal.addEventListener('abort', () => resolve()));
    if (!leashed) return;
    terminal.in.once('close', () => this.ask('SIGTERM'));
    terminal.in.resume();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  ask(name: 'SIGINT' | 'SIGTERM'): void {
    if (this.signal.aborted) process.exit(SIGNAL_EXITS[name]);
    if (name === 'SIGINT') say(this.#terminal, 'pausing; Ctrl-C again ends it at once');
    this.#controller.abort();
  }
}
