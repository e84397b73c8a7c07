import { isFault } from '../../src/contract/errors.ts';
import { bytesOf, type Fleet } from './fleet.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Who is told so has no acknowledgement, and may simply try again: here, or at another node. */
const LATER: ReadonlySet<string> = new Set(['no-authority', 'busy', 'stopping', 'unreachable']);

/** Between two pairs of a put and a get: steady, and little enough for a busy machine. */
const PAUSE_MS = 100;

/**
 * A steady load of puts and gets by way of the nodes that run. Every put that was acknowledged is read back, at once by way
 * of another node and again in the end.
 */
export class Load {
  /** Reads that failed, and puts that failed otherwise than by being told to come again. */
  readonly failures: string[] = [];
  /** Puts that were refused for the moment: while the lead changes hands nothing can be decided. */
  refused = 0;
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
      try {
        await this.#fleet.client(this.#turn(0)).put(bytesOf(content), { name });
        this.#stored.set(name, content);
      } catch (error) {
        if (!isFault(error) || !LATER.has(error.code)) throw error;
        this.refused += 1;
      }
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
