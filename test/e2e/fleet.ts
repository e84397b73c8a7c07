import { type Client, connect } from '../../src/client/index.ts';
import type { OrganismStatus } from '../../src/contract/services.ts';
import { gone, holesOf, Organism, type Running, start } from './organism.ts';

/** Within which an organism must be whole again, on a busy machine. */
const REPAIR_MS = 30_000;
/** Between two looks. */
const LOOK_MS = 50;

/** Asks again and again until it holds; fails with what was answered last when it doesn't within `withinMs`. */
export async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean, withinMs: number): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Real processes that are killed, stopped and started again, by their indices. */
export class Fleet {
  readonly organism: Organism;
  /** Those that run. */
  live: number[];
  readonly #pids: number[];
  readonly #again: Running[] = [];
  readonly #clients = new Map<number, Client>();

  private constructor(organism: Organism) {
    this.organism = organism;
    this.live = organism.whole.nodes.map((_, index) => index);
    this.#pids = organism.whole.nodes.map(({ pid }) => pid);
  }

  static async up(nodes: number): Promise<Fleet> {
    return new Fleet(await Organism.up({ nodes }));
  }

  client(index: number): Client {
    const { id, url } = this.organism.node(index);
    const client = this.#clients.get(index) ?? connect({ url, pin: id });
    this.#clients.set(index, client);
    return client;
  }

  /** As the first node that runs tells it. */
  status(): Promise<OrganismStatus> {
    return this.client(this.live[0] ?? 0).status();
  }

  indexOf(id: string | null | undefined): number {
    return this.organism.whole.nodes.findIndex((node) => node.id === id);
  }

  /** The slots of the first tree, as indices. */
  async slots(): Promise<number[]> {
    return ((await this.status()).trees[0]?.cells ?? []).map(({ node }) => this.indexOf(node));
  }

  async leader(): Promise<number> {
    return this.indexOf((await this.status()).leader);
  }

  /** Every tree has exactly the live nodes in its slots, and a leader with a majority. */
  whole(): Promise<OrganismStatus> {
    return until(
      () => this.status(),
      (now) =>
        holesOf(now).length === 0 &&
        now.trees.every(({ cells, sovereign }) => sovereign && cells.length === this.live.length),
      REPAIR_MS,
    );
  }

  signal(index: number, name: NodeJS.Signals): void {
    const pid = this.#pids[index];
    if (pid !== undefined) process.kill(pid, name);
  }

  /** `kill -9` of all of them at once; resolves when the others have repaired what that has cost. */
  async kill(...indices: readonly number[]): Promise<void> {
    for (const index of indices) this.signal(index, 'SIGKILL');
    this.live = this.live.filter((index) => !indices.includes(index));
    await this.whole();
  }

  /** Starts the processes of nodes that have ended, all at once. */
  async revive(...indices: readonly number[]): Promise<void> {
    const started = indices.map((index) => {
      const { data, url } = this.organism.node(index);
      const running = start(['node', '--json', '--preset', 'local', '--data', data, '--port', new URL(url).port]);
      this.#pids[index] = running.pid;
      this.#again.push(running);
      return running;
    });
    await Promise.all(started.map((one) => one.event('placed')));
    this.live.push(...indices);
    await this.whole();
  }

  /** SIGTERM; resolves when the process has ended. */
  async stop(index: number): Promise<void> {
    this.live = this.live.filter((one) => one !== index);
    this.signal(index, 'SIGTERM');
    await this.ended(index);
  }

  /** Resolves when the process of a node is no more. */
  ended(index: number): Promise<void> {
    return gone(this.#pids[index] ?? 0);
  }

  /** A pause, and a new process on the same folder. */
  async restart(index: number): Promise<void> {
    await this.stop(index);
    await this.revive(index);
  }

  /** A write and a read by way of different nodes that run. */
  async put(name: string): Promise<string> {
    const [first = 0, second = 0] = this.live;
    await this.client(first).put(bytesOf(name), { name });
    return this.get(second, name);
  }

  async get(index: number, name: string): Promise<string> {
    const { body } = await this.client(index).get(name);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  /** Ends all of it, by pid, and removes the data. For `afterAll`. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
    for (const { process } of this.#again) process.kill('SIGKILL');
    await Promise.all(this.#again.map(({ ended }) => ended));
    await this.organism.dispose();
  }
}

export async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}
