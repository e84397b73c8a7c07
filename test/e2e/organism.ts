import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WholeEvent } from '../../src/cli/up/welcome.ts';
import type { OrganismStatus } from '../../src/contract/services.ts';

/** The built command line: the tests run what users run. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process under test: what it has said so far, and how it ended. */
export interface Running {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  output(): Buffer;
  messages(): string;
  /** The next line on standard output that is JSON and whose `event` is this; rejects when the process ends first. */
  event<T extends { readonly event: string }>(name: T['event']): Promise<T>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array | string;
  /** The network namespace to run in. @default that of the test */
  readonly space?: string;
}

/** Starts `peertree ARGS` with an environment that nothing of the machine's leaks into. */
export function start(args: readonly string[], { cwd, env, input, space }: RunOptions = {}): Running {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
  // `ip` becomes the process, so its number is the one to kill.
  const [command = '', ...first] = [...(space === undefined ? [] : ['ip', 'netns', 'exec', space]), process.execPath];
  const child = spawn(command, [...first, MAIN, ...args], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
    stdio: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
  });
  child.stdin.on('error', () => child.stdin.destroy());
  if (input !== undefined) child.stdin.end(input);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }) as Ended);
  const lines = createInterface({ input: child.stdout });
  return {
    process: child,
    pid: child.pid ?? 0,
    ended,
    output: () => Buffer.concat(out),
    messages: () => Buffer.concat(err).toString(),
    event: (name) =>
      new Promise((resolve, reject) => {
        lines.on('line', (line) => {
          const value = line.startsWith('{') ? JSON.parse(line) : {};
          if (value.event === name) resolve(value);
        });
        void ended.then(({ code }) => reject(new Error(`ended with ${code} before '${name}': ${Buffer.concat(err)}`)));
      }),
  };
}

export interface Done {
  readonly code: number | null;
  readonly output: Buffer;
  readonly messages: string;
}

/** Runs `peertree ARGS` to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Done> {
  const running = start(args, { input: '', ...options });
  const { code } = await running.ended;
  return { code, output: running.output(), messages: running.messages() };
}

/** Runs `peertree ARGS --json` and reads the one object that it prints; fails where it fails. */
export async function runJson<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
  const { code, output, messages } = await run([...args, '--json'], options);
  if (code !== 0) throw new Error(`peertree ${args.join(' ')} ended with ${code}: ${messages}`);
  return JSON.parse(output.toString()) as T;
}

export interface OrganismOptions {
  /** @default 5 */
  readonly nodes?: number;
  /** The data folder of an earlier one. @default a new temporary folder */
  readonly data?: string;
  readonly respawn?: boolean;
}

/** A local organism under test: `peertree up --json --port 0` and the processes that it supervises. */
export class Organism {
  readonly data: string;
  readonly whole: WholeEvent;
  readonly supervisor: Running;

  private constructor(data: string, whole: WholeEvent, supervisor: Running) {
    this.data = data;
    this.whole = whole;
    this.supervisor = supervisor;
  }

  /** Grows one, or brings one back, and resolves when it is whole. */
  static async up({ nodes, data = temporaryFolder(), respawn = false }: OrganismOptions = {}): Promise<Organism> {
    const args = ['up', '--json', '--port', '0', '--data', data, ...(respawn ? [] : ['--no-respawn'])];
    const supervisor = start(nodes === undefined ? args : [...args, '--nodes', String(nodes)]);
    return new Organism(data, await supervisor.event<WholeEvent>('whole'), supervisor);
  }

  run(args: readonly string[], options?: RunOptions): Promise<Done> {
    return run([...args, '--data', this.data], options);
  }

  json<T>(args: readonly string[], options?: RunOptions): Promise<T> {
    return runJson<T>([...args, '--data', this.data], options);
  }

  /** As the node with this index tells it, or as whichever is live. */
  status(index?: number): Promise<OrganismStatus> {
    const at = index === undefined ? [] : ['--at', this.node(index).url];
    return this.json<OrganismStatus>(['status', ...at]);
  }

  /** `node(0)` founded the organism. */
  node(index: number): WholeEvent['nodes'][number] {
    const node = this.whole.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }

  /** Ends one node's process without a word. */
  kill(index: number): void {
    process.kill(this.node(index).pid, 'SIGKILL');
  }

  /** Asks again and again until it holds; fails with the last status when it doesn't within `withinMs`. */
  async until(holds: (status: OrganismStatus) => boolean, withinMs: number): Promise<OrganismStatus> {
    const giveUpAt = performance.now() + withinMs;
    for (;;) {
      const status = await this.status();
      if (holds(status)) return status;
      if (performance.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(status)}`);
    }
  }

  /** Halts it as Ctrl-C does; the data stay. */
  async halt(): Promise<Ended> {
    this.supervisor.process.kill('SIGINT');
    return this.supervisor.ended;
  }

  /** Ends whatever is left of it, by pid, and removes the data. For `afterAll`. */
  async dispose(): Promise<void> {
    this.supervisor.process.kill('SIGKILL');
    await this.supervisor.ended;
    for (const { pid } of this.whole.nodes) killIfThere(pid);
    await Promise.all(this.whole.nodes.map(({ pid }) => gone(pid)));
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** The ids of slots of 1..n without a placed cell on a live node, per tree: `shardTree:3`. */
export function holesOf({ nodes, trees }: OrganismStatus): string[] {
  const live = new Set(nodes.filter(({ state }) => state === 'live').map(({ id }) => id));
  return trees.flatMap(({ genome, cells }) =>
    cells
      .filter(({ node, state }) => !live.has(node) || !state.startsWith('placed'))
      .map(({ slot }) => `${genome}:${slot}`),
  );
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'peertree-e2e-'));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended and was not waited for still has its number.
    return !/^State:\s+Z/m.test(procStatus(pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function procStatus(pid: number): string {
  const path = `/proc/${pid}/status`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function killIfThere(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

/** Resolves when no process has this number any more. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 50));
}
