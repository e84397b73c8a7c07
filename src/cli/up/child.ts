import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Fault, type FaultCode, isFaultCode } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';

/** How a node's process is started; a test puts another program in its place. */
export interface NodeProgram {
  readonly command: string;
  /** What comes before `node --data ...`. */
  readonly args: readonly string[];
}

export function ownProgram(): NodeProgram {
  return { command: process.execPath, args: [process.argv[1] ?? ''] };
}

/** What a node's process says of itself, one JSON object a line. */
export type ChildEvent =
  | { readonly event: 'ready'; readonly id: string; readonly url: string; readonly pid: number; readonly data: string }
  | { readonly event: 'placed'; readonly id: string }
  | { readonly event: 'left'; readonly id: string };

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildHandlers {
  readonly onEvent: (event: ChildEvent) => void;
  readonly onExit: (exit: ChildExit) => void;
}

/** One node's process, and what it said last. */
export class NodeChild {
  readonly #process: ChildProcess;
  readonly #tail: string[] = [];

  constructor(program: NodeProgram, args: readonly string[], env: NodeJS.ProcessEnv, handlers: ChildHandlers) {
    this.#process = spawn(program.command, [...program.args, 'node', ...args, '--json', '--leash'], {
      // A group of its own: Ctrl-C on the terminal must reach the supervisor first, which says halt before it stops anyone.
      detached: true,
      // Standard input is the leash: it ends with the supervisor, however that ends.
      stdio: ['pipe', 'pipe', 'pipe'],
      env: childEnvironment(env),
    });
    const { stdin, stdout, stderr } = this.#process;
    stdin?.on('error', () => stdin.destroy());
    eachLine(stdout, (line) => {
      const event = parseEvent(line);
      if (event !== undefined) handlers.onEvent(event);
    });
    eachLine(stderr, (line) => this.#remember(line));
    this.#process.once('error', (error) => this.#remember(error.message));
    // `close` comes after the last line of both streams, unlike `exit`; where no process came to be, it comes alone.
    this.#process.once('close', (code, signal) => handlers.onExit({ code, signal }));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Says one thing to the process, which waits for it on its standard input. */
  tell(value: object): void {
    this.#process.stdin?.write(`${JSON.stringify(value)}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Why it ended, in its own last words. */
  fault(name: string, { code, signal }: ChildExit): Fault {
    const said = lastError(this.#tail);
    const how = signal === null ? `exit code ${code}` : signal;
    if (said !== undefined) return new Fault(said.code, `${name} did not start: ${said.detail}`);
    const words = this.#tail.length === 0 ? '' : `\n  ${this.#tail.join('\n  ')}`;
    return new Fault('internal', `${name} did not start (${how})${words}`);
  }

  #remember(line: string): void {
    this.#tail.push(line);
    if (this.#tail.length > LIMITS.upTailLines) this.#tail.shift();
  }
}

/** Options of our own that may be meant for every process. */
const PASSED_ON = new Set(['PEERTREE_DEBUG']);

/**
 * What a node inherits: not the supervisor's own options, and no debugger's port, on which only one process can wait.
 */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, ...rest } = env;
  const passed = Object.entries(rest).filter(([name]) => !name.startsWith('PEERTREE_') || PASSED_ON.has(name));
  if (NODE_OPTIONS === undefined) return Object.fromEntries(passed);
  const kept = NODE_OPTIONS.split(/\s+/).filter((option) => !/^--inspect(-brk|-wait|-port)?(=|$)/.test(option));
  return { ...Object.fromEntries(passed), NODE_OPTIONS: kept.join(' ') };
}

function eachLine(stream: Readable | null, take: (line: string) => void): void {
  if (stream === null) return;
  createInterface({ input: stream }).on('line', (line) => take(line.slice(0, LIMITS.upLineBytesMax)));
}

function parseEvent(line: string): ChildEvent | undefined {
  const value = parseObject(line);
  return ['ready', 'placed', 'left'].includes(String(value?.event)) ? (value as unknown as ChildEvent) : undefined;
}

function lastError(lines: readonly string[]): { code: FaultCode; detail: string } | undefined {
  for (const line of lines.toReversed()) {
    const { code, detail } = (parseObject(line)?.error ?? {}) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && isFaultCode(code) && typeof detail === 'string') return { code, detail };
  }
  return undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
