import type { Genome } from '../../actors/genome.ts';
import type { Preset } from '../../contract/words.ts';
import { INVARIANTS } from './checkers/catalogue.ts';
import { EPILOGUES } from './epilogue/catalogue.ts';
import type { Epilogue } from './epilogue/epilogue.ts';
import type { FaultName } from './faults/catalogue.ts';
import { revive } from './faults/processes.ts';
import { type Invariant, Violation } from './invariant.ts';
import { Judge } from './judge.ts';
import { Load } from './load.ts';
import type { Observation } from './observation.ts';
import { Storm } from './storm.ts';
import type { Strike } from './strike.ts';
import { drawPlan } from './swarm.ts';
import { witnessOrgan } from './witness.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  /** Decides everything: organism, faults and load. */
  readonly seed: number;
  /** Nodes at the beginning. @default 8 */
  readonly cells?: number;
  /** How long faults go on, virtual milliseconds. @default 60_000 */
  readonly faultsMs?: number;
  /** What is done to the organism. @default drawn by the seed */
  readonly plan?: readonly Strike[];
  /** What a drawn plan is made of. @default every kind */
  readonly kinds?: readonly FaultName[];
  /** Between two operations of the load, milliseconds, on the average. @default drawn by the seed, 80 to 500 */
  readonly loadEveryMs?: number;
  /** How long the organism may take for each thing that must be so in the end, virtual milliseconds. @default 60_000 */
  readonly healMs?: number;
  /** @default two small ones */
  readonly genomes?: readonly Genome[];
  /** @default 'lan' */
  readonly preset?: Preset;
  /** @default every one */
  readonly invariants?: readonly Invariant[];
  /** What is tried at the end. @default everything */
  readonly epilogues?: readonly Epilogue[];
  /** Sees everything that happens, in order. */
  observe?(observation: Observation, world: World): void;
  /** Called now and then, with the share of the faults' time that has passed. */
  onProgress?(share: number): void;
}

/** What a run came to. */
export interface Verdict {
  readonly seed: number;
  readonly cells: number;
  /** 16 hexadecimal digits; two runs with the same options end with the same ones. */
  readonly trace: string;
  /** Virtual time, milliseconds. */
  readonly virtualMs: number;
  /** Events of the virtual clock. */
  readonly events: number;
  /** What was planned, and how much of it was possible when its time came. */
  readonly plan: readonly Strike[];
  readonly struck: number;
  readonly operations: { readonly asked: number; readonly acknowledged: number };
  /** The first breach; null where every invariant held. */
  readonly violation: Breach | null;
}

export interface Breach {
  readonly invariant: string;
  /** `correctness`: something happened that never may. `liveness`: something didn't happen that must. */
  readonly kind: 'correctness' | 'liveness';
  readonly detail: string;
  /** Virtual milliseconds. */
  readonly at: number;
}

const CELLS = 8;
const FAULTS_MS = 60_000;
const HEAL_MS = 60_000;
/** Between two looks at what must be so in the end. */
const LOOK_EVERY_MS = 500;
const PROGRESS_EVERY_MS = 1_000;

/**
 * One organism under faults and load, then without faults: every invariant is checked all the time, and in the end it must
 * be whole again with everything that was acknowledged. Never rejects for a breach: that is the verdict.
 *
 * @example
 * const { violation } = await simulate({ seed: 7, cells: 12 })
 * if (violation !== null) console.error(`${violation.invariant}: ${violation.detail}`)
 */
export async function simulate(options: SimulationOptions): Promise<Verdict> {
  const run = new Run(options);
  const violation = await run.go().then(
    () => null,
    (error: unknown) => breachOf(error, run.now),
  );
  return run.verdict(violation);
}

/** In every third organism each node is a failure domain of its own, in the others a few share one. */
function zonesOf(seed: number): (index: number) => string {
  const zones = [Number.POSITIVE_INFINITY, 4, 3][seed % 3] as number;
  return (index) => `zone-${index % zones}`;
}

/** A defect that comes out of a run is a breach like any other: nothing may throw. */
function breachOf(error: unknown, at: number): Breach {
  if (error instanceof Violation) {
    const kind = error.holds === 'always' ? 'correctness' : 'liveness';
    return { invariant: error.invariant, kind, detail: error.detail, at: error.at };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { invariant: 'nothing-throws', kind: 'correctness', detail, at };
}

class Run {
  readonly #options: SimulationOptions;
  #world: World | undefined;
  #judge: Judge | undefined;
  #load: Load | undefined;
  #storm: Storm | undefined;
  #plan: readonly Strike[] = [];

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  get now(): number {
    return this.#world?.now ?? 0;
  }

  async go(): Promise<void> {
    const { seed, cells = CELLS, genomes, preset, plan, kinds, faultsMs: durationMs = FAULTS_MS } = this.#options;
    const world = await World.grow({
      seed,
      nodes: cells,
      ...(genomes === undefined ? {} : { genomes }),
      ...(preset === undefined ? {} : { preset }),
      zoneOf: zonesOf(seed),
      organsOf: () => [witnessOrgan()],
      begin: (begun) => this.#watch(begun),
    });
    const swarm = { cells, durationMs, ...(kinds === undefined ? {} : { kinds }) };
    this.#plan = plan ?? drawPlan(world.entropy.fork('plan'), swarm);
    this.#storm = new Storm(world, this.#plan);
    await this.#rage(world, this.#storm, durationMs);
    await this.#heal(world, this.#storm);
    await this.#conclude(world);
  }

  #watch(world: World): void {
    const { loadEveryMs: everyMs, invariants = INVARIANTS, observe } = this.#options;
    this.#world = world;
    this.#load = new Load(world, world.entropy.fork('load'), everyMs === undefined ? {} : { everyMs });
    const judge = new Judge(world, this.#load.history.operations, invariants);
    this.#judge = judge;
    // Who only looks on sees what the judge is about to object to.
    if (observe !== undefined) world.observe((observation) => observe(observation, world));
    world.observe((observation) => judge.see(observation));
  }

  async #rage(world: World, storm: Storm, durationMs: number): Promise<void> {
    const load = this.#load as Load;
    const begunAt = world.now;
    const endsAt = begunAt + durationMs;
    let progressAt = begunAt;
    load.nextAt = begunAt;
    while (world.now < endsAt) {
      const next = Math.min(endsAt, load.nextAt, storm.nextAt, progressAt);
      await world.advance(Math.max(0, next - world.now));
      storm.turn();
      if (load.nextAt <= world.now) load.ask();
      if (progressAt > world.now) continue;
      this.#options.onProgress?.((world.now - begunAt) / durationMs);
      progressAt = world.now + PROGRESS_EVERY_MS;
    }
  }

  /** Everything is repaired, and everybody who is to come back does. */
  async #heal(world: World, storm: Storm): Promise<void> {
    storm.end();
    world.repair();
    world.calm();
    for (const { index } of world.nodes) revive(world, index);
    await (this.#load as Load).settled();
    for (const index of world.leaving) await this.#letGo(world, index);
  }

  /** A node that left, but was killed before it knew. */
  async #letGo(world: World, index: number): Promise<void> {
    const node = world.at(index);
    const isGone = (): boolean => !node.running || /departed|refused/.test(node.mode('consensus') ?? '');
    const deadline = world.now + this.#patienceMs;
    const isSettled = (): boolean => isGone() || node.mode('tree', node.trees[0]) === 'placed';
    while (!isSettled() && world.now < deadline) await world.advance(LOOK_EVERY_MS);
    if (!node.running || !isGone()) return;
    world.retired.add(index);
    world.crash(index);
  }

  /** What must be so in the end has its time; what must never be is not waited for. */
  async #conclude(world: World): Promise<void> {
    const judge = this.#judge as Judge;
    await this.#patiently(world, () => judge.conclude());
    await this.#farewell(world);
    await this.#patiently(world, () => judge.conclude());
    judge.sweep();
    for (const epilogue of this.#options.epilogues ?? EPILOGUES) {
      await epilogue.run({
        world,
        operations: (this.#load as Load).history.operations,
        patienceMs: this.#patienceMs,
        violate: (detail) => {
          throw new Violation(epilogue, detail, world.now);
        },
      });
    }
    judge.sweep();
  }

  /** Everybody tells something once more, so that who missed the last thing that was told learns of it. */
  async #farewell(world: World): Promise<void> {
    const load = this.#load as Load;
    for (const node of world.running) for (const tree of node.trees) load.publish(node, tree);
    await load.settled();
  }

  async #patiently(world: World, look: () => void): Promise<void> {
    const deadline = world.now + this.#patienceMs;
    for (;;) {
      try {
        return look();
      } catch (error) {
        const mayWait = error instanceof Violation && error.holds === 'in the end' && world.now < deadline;
        if (!mayWait) throw error;
      }
      await world.advance(LOOK_EVERY_MS);
    }
  }

  get #patienceMs(): number {
    return this.#options.healMs ?? HEAL_MS;
  }

  verdict(violation: Breach | null): Verdict {
    const { seed, cells = CELLS } = this.#options;
    const operations = this.#load?.history.operations ?? [];
    return {
      seed,
      cells,
      trace: this.#world?.trace.toString() ?? '',
      virtualMs: this.now,
      events: this.#world?.clock.eventsRun ?? 0,
      plan: this.#plan,
      struck: this.#storm?.struck.length ?? 0,
      operations: {
        asked: operations.length,
        acknowledged: operations.filter(({ outcome }) => outcome?.ok === true).length,
      },
      violation,
    };
  }
}
