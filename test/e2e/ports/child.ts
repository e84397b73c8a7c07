import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly process: ChildProcess;
  /** What it said on stdout, one JSON object a line, so far. */
  readonly facts: Record<string, unknown>[];
  /** The next fact, or undefined once it has ended. */
  next(): Promise<Record<string, unknown> | undefined>;
  /** Resolves when it has ended and all it said was read. */
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

/** Runs a TypeScript file of this folder in a process of its own. */
export function startChild(file: string, ...args: string[]): Child {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const facts: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  let read = 0;
  let over = false;
  let stderr = '';
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  createInterface(child.stdout).on('line', (line) => {
    facts.push(JSON.parse(line));
    wake();
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on('close', (code) => {
      over = true;
      wake();
      resolve({ code, stderr });
    });
  });
  const next = async (): Promise<Record<string, unknown> | undefined> => {
    while (read >= facts.length && !over) await new Promise<void>((resolve) => waiting.push(resolve));
    return facts[read++];
  };
  return { process: child, facts, next, ended };
}
