import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Extraction, ExtractionFailure, Extractor } from '../contract/memory.ts';
import type { Model, Sample } from '../organs/index/index.ts';
import type { Done, Job } from './extraction/child.ts';

export interface ExtractionBounds {
  /** @default LIMITS.extractionDeadlineMs */
  readonly deadlineMs?: number;
  /** @default LIMITS.extractionRssMiB */
  readonly rssMiB?: number;
  /** @default LIMITS.extractionIdleMs */
  readonly idleMs?: number;
}

interface Waiting {
  readonly job: Job;
  readonly deadlineMs: number;
  resolve(done: Done | { readonly failed: ExtractionFailure }): void;
  reject(fault: Fault): void;
}

/** How often the memory of the process is looked at, which only Linux tells. */
const WATCH_MS = 50;

/**
 * Reads files, and trains models, in a process of its own, one after the other: whoever takes too long or too much memory is ended with it,
 * and the next file finds a new one. With nothing to do there is none.
 *
 * @example
 * const extractor = new ExtractionProcess()
 * await extractor.extract('report.pdf', bytes) // { ok: true, text, about, cut }
 * await extractor.close()
 */
export class ExtractionProcess implements Extractor {
  readonly #bounds: Required<ExtractionBounds>;
  readonly #queue: Waiting[] = [];
  #child: ChildProcess | undefined;
  #current: Waiting | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({
    deadlineMs = LIMITS.extractionDeadlineMs,
    rssMiB = LIMITS.extractionRssMiB,
    idleMs = LIMITS.extractionIdleMs,
  }: ExtractionBounds = {}) {
    this.#bounds = { deadlineMs, rssMiB, idleMs };
  }

  /** The process at work, for those who measure it; undefined where there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @throws Fault `busy` where too many files wait; `stopping` once it is closed */
  async extract(name: string, bytes: Uint8Array): Promise<Extraction> {
    const done = await this.#perform({ do: 'extract', name, bytes }, this.#bounds.deadlineMs);
    if ('extraction' in done) return done.extraction;
    return { ok: false, reason: 'failed' in done ? done.failed : 'unreadable' };
  }

  /** Undefined where there are too few files, or it takes too long. Rejects as `extract` does. */
  async train(sample: Sample, generation: number): Promise<Model | undefined> {
    const done = await this.#perform({ do: 'train', sample, generation }, LIMITS.trainingDeadlineMs);
    return 'model' in done ? done.model : undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    // What was under way has no outcome: it would be remembered as the file's.
    const open = [...(this.#current === undefined ? [] : [this.#current]), ...this.#queue.splice(0)];
    for (const { reject } of open) reject(new Fault('stopping'));
    this.#end('unreadable');
  }

  #perform(job: Job, deadlineMs: number): Promise<Parameters<Waiting['resolve']>[0]> {
    if (this.#closed) return Promise.reject(new Fault('stopping'));
    if (this.#queue.length >= LIMITS.extractionQueueMax) return Promise.reject(new Fault('busy'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, deadlineMs, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) {
      this.#rest();
      return;
    }
    clearTimeout(this.#idle);
    this.#current = waiting;
    this.#child ??= this.#start();
    this.#child.ref();
    this.#child.channel?.ref();
    this.#deadline = setTimeout(() => this.#end('too-slow'), waiting.deadlineMs);
    this.#watch = setInterval(() => this.#weigh(), WATCH_MS);
    this.#child.send(waiting.job, (error) => {
      if (error !== null) this.#end('unreadable');
    });
  }

  #start(): ChildProcess {
    const { file, execArgv } = program();
    const heap = `--max-old-space-size=${LIMITS.extractionHeapMiB}`;
    const child = fork(file, { execArgv: [...execArgv, heap], serialization: 'advanced', stdio: 'ignore', env: {} });
    child.on('message', (done: Done) => {
      if (child === this.#child) this.#finish(done);
    });
    // A heap that runs full ends the process by a signal; so does whatever else goes wrong in it.
    child.on('exit', (_code, signal) => {
      if (child === this.#child) this.#end(signal === 'SIGABRT' ? 'too-much-memory' : 'unreadable');
    });
    child.on('error', () => {
      if (child === this.#child) this.#end('unreadable');
    });
    return child;
  }

  /** The heap has a bound of its own; buffers outside of it have none. */
  #weigh(): void {
    const bytes = rssOf(this.#child?.pid);
    if (bytes > this.#bounds.rssMiB * 1_048_576) this.#end('too-much-memory');
  }

  #end(reason: ExtractionFailure): void {
    const child = this.#child;
    this.#child = undefined;
    clearTimeout(this.#idle);
    child?.kill('SIGKILL');
    this.#finish({ failed: reason });
  }

  #finish(done: Parameters<Waiting['resolve']>[0]): void {
    clearTimeout(this.#deadline);
    clearInterval(this.#watch);
    const current = this.#current;
    this.#current = undefined;
    current?.resolve(done);
    if (!this.#closed) this.#next();
  }

  #rest(): void {
    const child = this.#child;
    if (child === undefined) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end('unreadable'), this.#bounds.idleMs);
    this.#idle.unref();
    child.unref();
    child.channel?.unref();
  }
}

/** Beside this file once it is built, also where the command line is bundled; in the sources it needs a loader. */
function program(): { readonly file: string; readonly execArgv: readonly string[] } {
  const built = fileURLToPath(new URL('../runtime/extraction/child.js', import.meta.url));
  if (existsSync(built)) return { file: built, execArgv: [] };
  return { file: built.replace(/\.js$/, '.ts'), execArgv: ['--import', 'tsx'] };
}

/** Bytes that a process has in memory, 0 where the system doesn't tell. */
function rssOf(pid: number | undefined): number {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages) * 4_096;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) return 0;
    throw error;
  }
}
