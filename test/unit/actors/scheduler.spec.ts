import { describe, expect, it } from 'vitest';
import { type Runnable, Scheduler } from '../../../src/actors/scheduler.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { organOf, Stage } from './stage.ts';

/** An actor with so many messages, which writes down who got a turn. */
class Worker implements Runnable {
  queued = false;
  readonly #name: string;
  readonly #turns: string[];
  #left: number;

  constructor(name: string, messages: number, turns: string[]) {
    this.#name = name;
    this.#left = messages;
    this.#turns = turns;
  }

  run(budget: number): boolean {
    this.#turns.push(this.#name);
    this.#left -= Math.min(this.#left, budget);
    return this.#left > 0;
  }
}

describe('the scheduler', () => {
  it('gives each actor a batch, then the next one its turn', async () => {
    const turns: string[] = [];
    const scheduler = new Scheduler(new VirtualClock());
    scheduler.ready(new Worker('busy', LIMITS.schedulerBatch * 3, turns));
    scheduler.ready(new Worker('small', 1, turns));
    expect(turns).toEqual([]);
    await Promise.resolve();
    expect(turns).toEqual(['busy', 'small', 'busy', 'busy']);
  });

  it('keeps the place of an actor that is made ready twice', async () => {
    const turns: string[] = [];
    const scheduler = new Scheduler(new VirtualClock());
    const first = new Worker('first', 1, turns);
    scheduler.ready(first);
    scheduler.ready(new Worker('second', 1, turns));
    scheduler.ready(first);
    await Promise.resolve();
    expect(turns).toEqual(['first', 'second']);
  });

  it('lets the event loop breathe after a slice, by number where time stands still', async () => {
    const clock = new VirtualClock();
    const scheduler = new Scheduler(clock);
    const turns: string[] = [];
    scheduler.ready(new Worker('endless', Number.POSITIVE_INFINITY, turns));
    await Promise.resolve();
    expect(turns).toHaveLength(LIMITS.schedulerSliceMessages / LIMITS.schedulerBatch);
    expect(clock.pending).toBe(1);
    clock.step();
    expect(turns).toHaveLength((2 * LIMITS.schedulerSliceMessages) / LIMITS.schedulerBatch);
  });

  it('ends a slice by time where time passes', async () => {
    let now = 0;
    const later: (() => void)[] = [];
    const clock = Object.assign(new VirtualClock(), {
      monotonic: () => now++,
      schedule: (_delayMs: number, task: () => void) => {
        later.push(task);
        return () => undefined;
      },
    });
    const turns: string[] = [];
    const scheduler = new Scheduler(clock);
    scheduler.ready(new Worker('endless', Number.POSITIVE_INFINITY, turns));
    await Promise.resolve();
    expect(turns).toHaveLength(LIMITS.schedulerSliceMs);
    expect(later).toHaveLength(1);
  });

  it('goes on with the others after a defect of its own runnables', () => {
    const later: (() => void)[] = [];
    const clock = Object.assign(new VirtualClock(), {
      schedule: (_delayMs: number, task: () => void) => {
        later.push(task);
        return () => undefined;
      },
    });
    const turns: string[] = [];
    const scheduler = new Scheduler(clock);
    const broken: Runnable = {
      queued: false,
      run: () => {
        throw new Error('defect');
      },
    };
    let loop: () => void = () => undefined;
    const original = globalThis.queueMicrotask;
    globalThis.queueMicrotask = (task) => {
      loop = task;
    };
    try {
      scheduler.ready(broken);
    } finally {
      globalThis.queueMicrotask = original;
    }
    scheduler.ready(new Worker('other', 1, turns));
    expect(loop).toThrow('defect');
    for (const task of later) task();
    expect(turns).toEqual(['other']);
  });
});

describe('a chain of sends', () => {
  it('of 100,000 hops between two actors needs no stack, and is handled in order', async () => {
    const hops = 100_000;
    const stage = new Stage();
    let depth = 0;
    let deepest = 0;
    const player = (id: string, other: string) =>
      organOf(id, 0, {
        receive: {
          [`${id}.ball`]: (_facts, { body }: { body: number }) => {
            const to = { effect: 'run', name: 'pass', params: { kind: `${other}.ball`, body: body + 1 } } as const;
            return { facts: body, effects: body < hops ? [to] : [] };
          },
        },
        effects: {
          pass: (message: { kind: string; body: number }) => {
            deepest = Math.max(deepest, ++depth);
            system.tell(message);
            depth--;
          },
        },
      });
    const system = stage.system([player('ping', 'pong'), player('pong', 'ping')]);
    system.tell({ kind: 'ping.ball', body: 0 });
    await stage.settle();
    expect([system.facts('ping'), system.facts('pong'), deepest]).toEqual([hops, hops - 1, 1]);
  });
});
