import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '../src/client/index.ts';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const WHOLE_DEADLINE_MS = 120_000;
const STOP_DEADLINE_MS = 30_000;

export interface NodeProcess {
  readonly id: string;
  readonly url: string;
  readonly pid: number;
  readonly data: string;
}

/** The line that `peertree up --json` prints once every tree is whole. */
interface Whole {
  readonly event: 'whole';
  readonly nodes: readonly NodeProcess[];
}

/** An organism of real processes, grown by the built command line in a folder of its own. */
export interface Organism {
  readonly nodes: readonly NodeProcess[];
  /** From the spawn of `up` to the line that says that it is whole. */
  readonly upMs: number;
  /** One more node of this organism, in its own process; it runs until the organism is stopped. */
  join(): Promise<Joined>;
  client(node: NodeProcess): Client;
}

export interface Joined {
  readonly node: NodeProcess;
  /** From the spawn of `node` until the founder shows a placed cell of it in every tree. */
  readonly joinMs: number;
}

/**
 * Grows an organism of `count` nodes, works with it, and takes it down with its folder, whatever happens. A node that
 * ends is not started again, so that no figure hides an exit.
 *
 * @param genomes paths of the genome files @default the shipped ones
 */
export async function withOrganism<T>(
  count: number,
  work: (organism: Organism) => Promise<T>,
  genomes: readonly string[] = [],
): Promise<T> {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run `npm run build` first');
  const growing = new Growing(await mkdtemp(join(tmpdir(), 'peertree-bench-')));
  alive.add(growing);
  try {
    await growing.up(count, genomes);
    return await work(growing);
  } finally {
    await growing.stop();
    alive.delete(growing);
  }
}

const alive = new Set<Growing>();

/** Takes down whatever is up, for a benchmark that is cut short. */
export async function stopAll(): Promise<void> {
  for (const growing of alive) await growing.stop();
}

class Growing implements Organism {
  nodes: readonly NodeProcess[] = [];
  upMs = 0;
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];
  readonly #clients = new Map<string, Client>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async up(count: number, genomes: readonly string[]): Promise<void> {
    const start = performance.now();
    const data = join(this.#folder, 'organism');
    const flags = genomes.flatMap((path) => ['--genome', path]);
    const plan = ['up', '--json', '--no-respawn', '--port', '0', '--nodes', `${count}`, '--data', data];
    const child = this.#spawn([...plan, ...flags]);
    const { nodes } = await withDeadline(firstWhole(child), WHOLE_DEADLINE_MS, 'the organism is not whole');
    this.upMs = performance.now() - start;
    this.nodes = nodes;
  }

  async join(): Promise<Joined> {
    const [founder] = this.nodes;
    if (founder === undefined) throw new Error('the organism has no nodes');
    const client = this.client(founder);
    const invitation = await client.invite();
    const known = new Set((await client.status()).nodes.map(({ id }) => id));
    const data = join(this.#folder, `joiner-${this.#children.length}`);
    const start = performance.now();
    const child = this.#spawn(['node', '--data', data, '--port', '0', '--join', founder.url, '--invite', invitation]);
    const { id, url } = await withDeadline(placed(client, known), WHOLE_DEADLINE_MS, 'the newcomer is not placed');
    const joinMs = performance.now() - start;
    return { node: { id, url, pid: child.pid ?? 0, data }, joinMs };
  }

  client(node: NodeProcess): Client {
    const client = this.#clients.get(node.id) ?? connect({ url: node.url, pin: node.id });
    this.#clients.set(node.id, client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
    for (const child of this.#children.toReversed()) await stopped(child);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #spawn(command: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [CLI, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return child;
  }
}

/** What the process said on stderr is the reason where it ends before it is whole. */
async function firstWhole(child: ChildProcess): Promise<Whole> {
  const said: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.push(text);
    if (said.length > 100) said.shift();
  });
  if (child.stdout === null) throw new Error('the process has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const event = line.startsWith('{') ? (JSON.parse(line) as { event?: string }) : {};
    if (event.event === 'whole') {
      child.stdout.resume();
      return event as Whole;
    }
  }
  throw new Error(`up ended before it was whole: ${said.join('').trim()}`);
}

/** Asks the founder until a node that it didn't know before has a placed cell in every tree. */
async function placed(client: Client, known: ReadonlySet<string>): Promise<{ id: string; url: string }> {
  for (;;) {
    const { nodes, trees } = await client.status();
    const newcomer = nodes.find(({ id }) => !known.has(id));
    const isPlaced = trees.every(({ cells }) =>
      cells.some(({ node, state }) => node === newcomer?.id && state.startsWith('placed')),
    );
    if (newcomer !== undefined && isPlaced) return newcomer;
    // Each question asks every node: asked more often, it would slow down what it waits for.
    await pause(50);
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await exit;
  clearTimeout(timer);
}

async function withDeadline<T>(work: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} after ${deadlineMs / 1000} s`)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
