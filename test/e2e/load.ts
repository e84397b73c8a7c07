import { bytesOf, type Fleet } from './fleet.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Between two pairs of a put and a get: steady, and little enough for a busy machine. */
const PAUSE_MS = 100;

/**
 * A steady load of puts and gets by way of the nodes that run. Every put that was acknowledged is read back, at once by way
 * of another node and again in the end.
 */
export class Load {
  /** What failed, in words. */
  readonly failures: string[] = [];
  readonly #stored = new Map<string, string>();
  readonly #fleet: Fleet;
  #count = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  get acknowledged(): number {
    return this.#stored.size;
  }

  /** Goes on until `work` is done, and then reads all that was acknowledged. */
  async while(work: () => Promise<void>): Promise<void> {
    let isOver = false;
    const loading = (async () => {
      while (!isOver) await this.#round();
    })();
    try {
      await work();
    } finally {
      isOver = true;
      await loading;
    }
    for (const name of this.#stored.keys()) await this.#get(name);
  }

  async #round(): Promise<void> {
    this.#count += 1;
    const name = `load-${this.#count}`;
    const content = `${name} ${'x'.repeat(1_000)}`;
    await this.#noting(`put ${name}`, async () => {
      await this.#fleet.client(this.#turn(0)).put(bytesOf(content), { name });
      this.#stored.set(name, content);
    });
    if (this.#stored.has(name)) await this.#get(name);
    await pause(PAUSE_MS);
  }

  async #get(name: string): Promise<void> {
    await this.#noting(`get ${name}`, async () => {
      const content = await this.#fleet.get(this.#turn(1), name);
      if (content !== this.#stored.get(name)) throw new Error('other bytes');
    });
  }

  #turn(more: number): number {
    const { live } = this.#fleet;
    return live[(this.#count + more) % live.length] ?? 0;
  }

  async #noting(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.failures.push(`${what}: ${error}`);
    }
  }
}
