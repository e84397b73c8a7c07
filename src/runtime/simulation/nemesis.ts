import type { SeededEntropy } from '../entropy/seeded.ts';
import type { World } from './world.ts';

/** The faults of one trial. */
export interface Nemesis {
  /** When the next fault is due, in the milliseconds of the world's clock. */
  readonly nextAt: number;
  /** What has been done, for people. */
  readonly done: readonly string[];
  strike(): Promise<void>;
  /** Takes every fault back: links are repaired, loss ends, everybody is restarted but who was killed for good. */
  end(): Promise<void>;
}

type Fault = (nemesis: SwarmNemesis) => Promise<void> | void;

/** All kinds of faults; a seed draws some of them, so that rare mixtures are met too. */
const KINDS: { readonly [kind: string]: Fault } = {
  crash: (nemesis) => nemesis.crash(),
  restart: (nemesis) => nemesis.restart(),
  partition: (nemesis) => nemesis.partition(),
  repair: (nemesis) => nemesis.repair(),
  loss: (nemesis) => nemesis.lose(),
  hold: (nemesis) => nemesis.hold(),
};

/** Faults that end others are never left out of a draw. */
const ALWAYS = ['restart', 'repair'];
/** Processes that are down at a time, as a share of all: most of the organism must be there to keep three copies. */
const DOWN_MAX = 0.1;
const PAUSE_MS = [3_000, 14_000] as const;

export function drawNemesis(world: World, entropy: SeededEntropy, durationMs: number): Nemesis {
  return new SwarmNemesis(world, entropy, durationMs);
}

class SwarmNemesis implements Nemesis {
  readonly done: string[] = [];
  nextAt: number;
  readonly #world: World;
  readonly #draw: SeededEntropy;
  readonly #kinds: readonly string[];
  readonly #endsAt: number;
  /** One node of a trial may be killed for good, so that a replacement stays. */
  readonly #doomed: number;
  #partitioned = false;
  readonly #held: [number, number][] = [];

  constructor(world: World, draw: SeededEntropy, durationMs: number) {
    this.#world = world;
    this.#draw = draw;
    this.#kinds = Object.keys(KINDS).filter((kind) => ALWAYS.includes(kind) || draw.float() < 0.7);
    this.#endsAt = world.clock.monotonic() + durationMs;
    this.#doomed = 1 + this.#below(world.nodes.length - 1);
    this.nextAt = world.clock.monotonic();
    this.#plan();
  }

  async strike(): Promise<void> {
    const kind = this.#pick(this.#kinds);
    await KINDS[kind]?.(this);
    this.#plan();
  }

  async end(): Promise<void> {
    this.#world.repair();
    this.#world.lose(0);
    for (const node of this.#world.nodes) {
      if (!node.running && !(node.index === this.#doomed && this.done.includes(`doom ${node.index}`)))
        await this.#world.restart(node.index);
    }
  }

  crash(): void {
    const running = this.#world.running;
    const down = this.#world.nodes.length - running.length;
    if (down >= Math.max(1, Math.floor(this.#world.nodes.length * DOWN_MAX))) return;
    const { index } = this.#pick(running);
    this.#world.crash(index);
    this.done.push(index === this.#doomed ? `doom ${index}` : `crash ${index}`);
  }

  async restart(): Promise<void> {
    const down = this.#world.nodes.filter((node) => !node.running && node.index !== this.#doomed);
    if (down.length === 0) return;
    const { index } = this.#pick(down);
    await this.#world.restart(index);
    this.done.push(`restart ${index}`);
  }

  partition(): void {
    if (this.#partitioned) return;
    const share = this.#draw.float() < 0.5 ? 0.5 : 0.15;
    const some = this.#world.nodes.map((node) => node.index).filter(() => this.#draw.float() < share);
    this.#world.partition(some);
    this.#partitioned = true;
    this.done.push(`partition ${some.join(',')}`);
  }

  repair(): void {
    if (!this.#partitioned && this.#held.length === 0) return;
    this.#world.repair();
    this.#held.length = 0;
    this.#partitioned = false;
    this.done.push('repair');
  }

  lose(): void {
    const probability = this.#draw.float() < 0.5 ? 0 : this.#draw.float() * 0.1;
    this.#world.lose(probability);
    this.done.push(`lose ${probability.toFixed(3)}`);
  }

  hold(): void {
    const a = this.#below(this.#world.nodes.length);
    const b = this.#below(this.#world.nodes.length);
    if (a === b) return;
    this.#world.hold(a, b);
    this.#held.push([a, b]);
    this.done.push(`hold ${a}-${b}`);
  }

  #plan(): void {
    const [min, max] = PAUSE_MS;
    const next = this.#world.clock.monotonic() + min + this.#draw.float() * (max - min);
    this.nextAt = next < this.#endsAt ? next : Number.POSITIVE_INFINITY;
  }

  #below(limit: number): number {
    return Math.floor(this.#draw.float() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[this.#below(from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}
