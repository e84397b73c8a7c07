import { type Client, connect } from '../../src/client/index.ts';
import type { Organism } from './organism.ts';

/** Asks again and again until it holds; fails with what was answered last when it doesn't within `withinMs`. */
export async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean, withinMs: number): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)}`);
  }
}

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
  readonly #clients = new Map<string, Client>();
  readonly #organism: Organism;
  readonly #live: () => readonly number[];
  #count = 0;

  constructor(organism: Organism, live: () => readonly number[]) {
    this.#organism = organism;
    this.#live = live;
  }

  get acknowledged(): number {
    return this.#stored.size;
  }

  /** Goes on for so long. */
  async during(ms: number): Promise<void> {
    const endsAt = performance.now() + ms;
    while (performance.now() < endsAt) await this.#round();
    await this.readAll();
  }

  /** Goes on until `work` is done. */
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
    await this.readAll();
  }

  /** Everything that was acknowledged is there. */
  async readAll(): Promise<void> {
    for (const name of this.#stored.keys()) await this.#get(name);
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
    this.#clients.clear();
  }

  async #round(): Promise<void> {
    this.#count += 1;
    const name = `load-${this.#count}`;
    const content = `${name} ${'x'.repeat(1_000)}`;
    await this.#noting(`put ${name}`, async () => {
      await this.#client(this.#count).put(bytesOf(content), { name });
      this.#stored.set(name, content);
    });
    if (this.#stored.has(name)) await this.#get(name);
    await pause(PAUSE_MS);
  }

  async #get(name: string): Promise<void> {
    await this.#noting(`get ${name}`, async () => {
      const { body } = await this.#client(this.#count + 1).get(name);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      if (Buffer.concat(chunks).toString() !== this.#stored.get(name)) throw new Error('other bytes');
    });
  }

  async #noting(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.failures.push(`${what}: ${error}`);
    }
  }

  #client(turn: number): Client {
    const live = this.#live();
    const { id, url } = this.#organism.node(live[turn % live.length] ?? 0);
    const known = this.#clients.get(id);
    if (known !== undefined) return known;
    const client = connect({ url, pin: id });
    this.#clients.set(id, client);
    return client;
  }
}

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}
