import { sha256Hex } from '../../contract/encoding.ts';
import { isFault } from '../../contract/errors.ts';
import type { SeededEntropy } from '../entropy/seeded.ts';
import { drawNemesis, type Nemesis } from './nemesis.ts';
import { World, type WorldOptions } from './world.ts';

export interface TrialOptions extends Omit<WorldOptions, 'seed'> {
  readonly seed: number;
  /** Virtual time under faults, milliseconds. @default 120_000 */
  readonly faultsMs?: number;
  /** Files put while faults happen. @default 24 */
  readonly puts?: number;
  /** How long the organism may take to be whole once faults have stopped. @default 60_000 */
  readonly healMs?: number;
}

/** What a trial saw. It throws where a promise of the product was broken, so a report is good news. */
export interface TrialReport {
  readonly seed: number;
  /** Two runs of a seed end with the same one. */
  readonly trace: string;
  readonly virtualMs: number;
  readonly events: number;
  readonly puts: { readonly tried: number; readonly acknowledged: number };
  /** Reads that were made at the end: every acknowledged file at every running node. */
  readonly reads: number;
  readonly faults: readonly string[];
}

/** One put of a name, by the clock of the world. */
interface Attempt {
  readonly etag: string;
  readonly startedAt: number;
  /** Null while, or where, it was never acknowledged: it may have taken effect all the same, at any time. */
  acknowledgedAt: number | null;
}

/** Whether a name may still read as this attempt's content: not once a put that began after its acknowledgement was itself acknowledged. */
function isCurrent({ acknowledgedAt }: Attempt, attempts: readonly Attempt[]): boolean {
  if (acknowledgedAt === null) return true;
  return !attempts.some((later) => later.acknowledgedAt !== null && later.startedAt >= acknowledgedAt);
}

/** One file in four has several shards; most fit into one. */
const SMALL_BYTES_MAX = 6_000;
const LARGE_BYTES_MAX = 200_000;
const CALL_MS = 20_000;

/**
 * One organism under drawn faults, then without: every file that was acknowledged must be read back, bit for bit, at
 * every cell.
 *
 * @throws Error that says which promise was broken, with the seed
 */
export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const { seed, faultsMs = 120_000, puts = 24, healMs = 60_000, ...rest } = options;
  const world = await World.grow({ nodes: 50, ...rest, seed });
  const trial = new Trial(world, seed);
  const nemesis = drawNemesis(world, world.entropy.fork('nemesis'), faultsMs);
  await trial.underFaults(nemesis, faultsMs, puts);
  await nemesis.end();
  await world.untilWhole(healMs).catch((error: unknown) => trial.fail(String(error)));
  await trial.untilReplicated(healMs);
  const reads = await trial.readEverywhere();
  return {
    seed,
    trace: world.trace.toString(),
    virtualMs: world.clock.monotonic(),
    events: world.clock.eventsRun,
    puts: trial.puts,
    reads,
    faults: nemesis.done,
  };
}

class Trial {
  readonly puts = { tried: 0, acknowledged: 0 };
  readonly #world: World;
  readonly #seed: number;
  readonly #draw: SeededEntropy;
  readonly #attempts = new Map<string, Attempt[]>();
  readonly #open = new Set<Promise<void>>();

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#seed = seed;
    this.#draw = world.entropy.fork('workload');
  }

  fail(what: string): never {
    throw new Error(`seed ${this.#seed}: ${what}`);
  }

  /** Puts spread over the whole time, faults as the nemesis has drawn them. */
  async underFaults(nemesis: Nemesis, faultsMs: number, puts: number): Promise<void> {
    const world = this.#world;
    const end = world.clock.monotonic() + faultsMs;
    const every = faultsMs / puts;
    let nextPut = world.clock.monotonic() + every / 2;
    while (world.clock.monotonic() < end) {
      const next = Math.min(end, nextPut, nemesis.nextAt);
      await world.advance(Math.max(0, next - world.clock.monotonic()));
      if (nemesis.nextAt <= world.clock.monotonic()) await nemesis.strike();
      if (nextPut <= world.clock.monotonic()) {
        this.#put();
        nextPut += every;
      }
    }
    await world.run(Promise.all(this.#open), 2 * CALL_MS);
  }

  #put(): void {
    const running = this.#world.running;
    const node = running[Math.floor(this.#draw.float() * running.length)];
    if (node === undefined) return;
    this.puts.tried += 1;
    // One put in four is the next version of a name.
    const again =
      this.#draw.float() < 0.25
        ? [...this.#attempts.keys()][Math.floor(this.#draw.float() * this.#attempts.size)]
        : undefined;
    const name = again ?? `file-${this.puts.tried}`;
    const bytes = this.#content();
    const etag = sha256Hex(bytes);
    const attempt: Attempt = { etag, startedAt: this.#world.clock.monotonic(), acknowledgedAt: null };
    this.#attempts.set(name, [...(this.#attempts.get(name) ?? []), attempt]);
    const abort = new AbortController();
    const put = node.living.files
      .put(once(bytes), { name, signal: abort.signal, deadlineMs: CALL_MS })
      .then(() => this.#acknowledged(attempt))
      .catch((error: unknown) => this.#refused(error));
    const done: Promise<void> = put.finally(() => void this.#open.delete(done));
    // A put at a node that crashes is never answered: nobody waits for it.
    const lost = new Promise<void>((resolve) => {
      this.#world.clock.schedule(CALL_MS, () => {
        abort.abort();
        resolve();
      });
    });
    this.#open.add(Promise.race([done, lost]));
  }

  #content(): Uint8Array {
    const large = this.#draw.float() < 0.25;
    return this.#draw.bytes(1 + Math.floor(this.#draw.float() * (large ? LARGE_BYTES_MAX : SMALL_BYTES_MAX)));
  }

  #acknowledged(attempt: Attempt): void {
    this.puts.acknowledged += 1;
    attempt.acknowledgedAt = this.#world.clock.monotonic();
  }

  /** A put may fail under faults, but only with a failure of the table. */
  #refused(error: unknown): void {
    if (!isFault(error) || error.code === 'internal') this.fail(`a put failed with ${String(error)}`);
  }

  async untilReplicated(maxMs: number): Promise<void> {
    const world = this.#world;
    const deadline = world.clock.monotonic() + maxMs;
    for (;;) {
      const { underReplicated } = (await world.status()).storage;
      if (underReplicated === 0) return;
      if (world.clock.monotonic() > deadline)
        this.fail(`${underReplicated} shards still lack copies ${maxMs} virtual ms after the faults`);
      await world.advance(1_000);
    }
  }

  /** @returns how many reads were made */
  async readEverywhere(): Promise<number> {
    const world = this.#world;
    const files = [...this.#attempts].filter(([, attempts]) =>
      attempts.some((attempt) => attempt.acknowledgedAt !== null),
    );
    let reads = 0;
    for (const node of world.running) {
      const contents = files.map(async ([name, attempts]) => {
        const etag = await read(node.living, name);
        const acceptable = attempts.filter((attempt) => isCurrent(attempt, attempts)).map((attempt) => attempt.etag);
        if (!acceptable.includes(etag))
          this.fail(`node ${node.index} reads ${name} as ${etag}, not ${acceptable.join(' or ')}`);
        reads += 1;
      });
      await world
        .run(Promise.all(contents))
        .catch((error: unknown) => this.fail(`node ${node.index}: ${String(error)}`));
    }
    return reads;
  }
}

async function read(node: World['nodes'][number]['living'], name: string): Promise<string> {
  const file = await node.files.open(name);
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return sha256Hex(...chunks);
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
