import { setup } from 'xstate';
import { ActorSystem } from '../src/actors/actor-system.ts';
import { Bus } from '../src/actors/bus.ts';
import type { Outlet } from '../src/actors/outlet.ts';
import { LIMITS } from '../src/contract/limits.ts';
import type { Organ, Ports } from '../src/contract/organ.ts';
import { realClock } from '../src/runtime/clock/real.ts';
import { seededEntropy } from '../src/runtime/entropy/seeded.ts';
import { memoryLog } from '../src/runtime/log/memory.ts';
import { twinSigner } from '../src/runtime/signer/twin.ts';
import { MemoryDisk } from '../src/runtime/store/memory.ts';
import { coreSeconds } from './core-seconds.ts';
import { type Bound, type Figure, type Measured, median } from './figure.ts';

/**
 * The actor kernel by itself, in this process, in memory: an organ with one mode counts what it is told, by processor time.
 * Every row is verified: the clock stops when the last message has been handled, and the count is right.
 */

const ROUNDS = 5;
const TELLS = 400_000;
const ASKS = 60_000;
const SPAWNS = 20_000;
/** Organs of a cell. */
const ORGANS = 6;

const machine = setup({}).createMachine({ id: 'counter', initial: 'counting', states: { counting: {} } });

function counter(id: string): Organ<number> {
  return {
    id,
    machine,
    begin: () => ({ facts: 0 }),
    messages: {},
    answers: {},
    receive: {
      [`${id}.add`]: (count) => ({ facts: count + 1 }),
      [`${id}.ask`]: (count) => ({ facts: count + 1, effects: [{ effect: 'reply', body: count + 1 }] }),
    },
    actions: {},
    effects: {},
  };
}

const nowhere: Outlet = {
  ask: () => new Promise(() => undefined),
  tell: () => undefined,
  relay: () => undefined,
  enqueue: () => [],
  enqueued: () => undefined,
  abandoned: () => undefined,
};

function portsOf(): Ports {
  const clock = realClock();
  const store = new MemoryDisk().open({ clock });
  return { clock, entropy: seededEntropy(1), store, signer: twinSigner('kernel'), log: memoryLog() };
}

function systemOf(ports: Ports, organs: readonly Organ<number>[]): ActorSystem {
  const system = new ActorSystem({
    name: 'bench',
    ports,
    outlet: nowhere,
    bus: new Bus(),
    onEscalate: (error) => {
      throw error;
    },
  });
  system.start(organs);
  return system;
}

/** Messages a second, told in bursts that fit into the mailbox beside the question that ends them. */
async function tells(): Promise<number> {
  const system = systemOf(portsOf(), [counter('c')]);
  let bursts = 0;
  const seconds = await coreSeconds(async () => {
    for (let told = 0; told < TELLS; bursts++) {
      for (const until = Math.min(TELLS, told + LIMITS.mailboxMax - 1); told < until; told++)
        system.tell({ kind: 'c.add', body: null });
      // An answer comes after all that was told before.
      await system.deliver({ kind: 'c.ask', body: null });
    }
  });
  if (system.facts<number>('c') !== TELLS + bursts) throw new Error(`counted ${system.facts<number>('c')}`);
  await system.stop();
  return TELLS / seconds;
}

/** Answers a second, each asked for after the one before. */
async function asks(): Promise<number> {
  const system = systemOf(portsOf(), [counter('c')]);
  const seconds = await coreSeconds(async () => {
    for (let asked = 1; asked <= ASKS; asked++) {
      const outcome = await system.deliver({ kind: 'c.ask', body: null });
      if (!outcome.ok || outcome.body !== asked) throw new Error(`answer ${asked} is ${JSON.stringify(outcome)}`);
    }
  });
  await system.stop();
  return ASKS / seconds;
}

/** Actors a second, each started with a mode, a mailbox and supervision, and heard from once. */
async function spawns(): Promise<number> {
  const ports = portsOf();
  const organs = Array.from({ length: ORGANS }, (_, index) => counter(`c${index}`));
  const systems: ActorSystem[] = [];
  const seconds = await coreSeconds(async () => {
    while (systems.length * ORGANS < SPAWNS) systems.push(systemOf(ports, organs));
    for (const system of systems) await heardFrom(system, organs);
  });
  await Promise.all(systems.map((system) => system.stop()));
  return (systems.length * ORGANS) / seconds;
}

async function heardFrom(system: ActorSystem, organs: readonly Organ<number>[]): Promise<void> {
  for (const { id } of organs) system.tell({ kind: `${id}.add`, body: null });
  const last = organs.at(-1)?.id ?? '';
  await system.deliver({ kind: `${last}.ask`, body: null });
  if (organs.some(({ id }) => system.facts<number>(id) === 0)) throw new Error('an actor was not heard from');
}

/** Bytes that a cell of six organs takes of the heap once all of them have been heard from. */
async function bytes(): Promise<number> {
  const ports = portsOf();
  const organs = Array.from({ length: ORGANS }, (_, index) => counter(`c${index}`));
  const cells = 2_000;
  const before = heap();
  const systems = Array.from({ length: cells }, () => systemOf(ports, organs));
  for (const system of systems) await heardFrom(system, organs);
  const taken = (heap() - before) / cells;
  await Promise.all(systems.map((system) => system.stop()));
  return taken;
}

function heap(): number {
  if (globalThis.gc === undefined) throw new Error('the heap can be measured only where node runs with --expose-gc');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function figure(name: string, unit: string, expected: Bound | undefined, once: () => Promise<number>): Figure {
  return {
    name,
    unit,
    ...(expected === undefined ? {} : { expected }),
    async run(say): Promise<Measured> {
      await once();
      const samples: number[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        samples.push(await once());
        say(`${round} of ${ROUNDS}: ${Math.round(samples.at(-1) ?? 0).toLocaleString('en-US')} ${unit}`);
      }
      return { value: median(samples), samples };
    },
  };
}

export const kernelTell = figure('kernel-tell', 'tell/s', { atLeast: 1_500_000 }, tells);
export const kernelAsk = figure('kernel-ask', 'ask/s', undefined, asks);
export const kernelSpawn = figure('kernel-spawn', 'actors/s', { atLeast: 150_000 }, spawns);
export const kernelBytes = figure('kernel-bytes', 'bytes/cell', { atMost: 25_000 }, bytes);
