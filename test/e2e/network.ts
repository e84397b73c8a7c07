import { execFileSync } from 'node:child_process';

/** Why networks of one's own can't be made here; undefined where they can. */
export function whyNoNetwork(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces take root';
  const name = `ptx${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return undefined;
  } catch (error) {
    return `network namespaces can't be made here: ${String(error).split('\n')[0]}`;
  }
}

/**
 * Machines of their own, as far as a network goes: each a namespace with one cable, to one of two switches that are not
 * connected. A cable that is moved from one to the other is a partition that nobody is told of.
 */
export class Network {
  readonly #id = process.pid.toString(36);
  readonly #size: number;
  readonly #cleanUp = (): void => this.dispose();
  #isThere = false;

  constructor(size: number) {
    this.#size = size;
    process.once('exit', this.#cleanUp);
    this.#isThere = true;
    for (const side of ['a', 'b'] as const) {
      ip('link', 'add', this.#switch(side), 'type', 'bridge');
      ip('link', 'set', this.#switch(side), 'up');
    }
    for (let index = 0; index < size; index++) this.#connect(index);
  }

  /** The namespace of a machine. */
  space(index: number): string {
    return `pt${this.#id}n${index}`;
  }

  address(index: number): string {
    return `10.213.7.${index + 1}`;
  }

  /** These can't reach the others any more, nor the others them. */
  partition(indices: readonly number[]): void {
    for (const index of indices) this.#plug(index, 'b');
  }

  repair(): void {
    for (let index = 0; index < this.#size; index++) this.#plug(index, 'a');
  }

  dispose(): void {
    if (!this.#isThere) return;
    this.#isThere = false;
    process.off('exit', this.#cleanUp);
    for (let index = 0; index < this.#size; index++) {
      // A namespace goes some time after its name does, and takes its end of the cable along only then.
      attempt('link', 'del', this.#cable(index));
      attempt('netns', 'del', this.space(index));
    }
    for (const side of ['a', 'b'] as const) attempt('link', 'del', this.#switch(side));
  }

  #connect(index: number): void {
    const space = this.space(index);
    ip('netns', 'add', space);
    ip('link', 'add', this.#cable(index), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
    ip('link', 'set', this.#cable(index), 'up');
    this.#plug(index, 'a');
    ip('-n', space, 'addr', 'add', `${this.address(index)}/24`, 'dev', 'eth0');
    ip('-n', space, 'link', 'set', 'eth0', 'up');
    ip('-n', space, 'link', 'set', 'lo', 'up');
  }

  #plug(index: number, side: 'a' | 'b'): void {
    ip('link', 'set', this.#cable(index), 'master', this.#switch(side));
  }

  #switch(side: 'a' | 'b'): string {
    return `pt${this.#id}${side}`;
  }

  #cable(index: number): string {
    return `pt${this.#id}c${index}`;
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** What is gone already need not be removed. */
function attempt(...args: readonly string[]): void {
  try {
    ip(...args);
  } catch (error) {
    process.stderr.write(`ip ${args.join(' ')}: ${String(error).split('\n')[0]}\n`);
  }
}
