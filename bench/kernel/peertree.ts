import { setup } from 'xstate';
import { ActorSystem } from '../../dist/actors/actor-system.js';
import type { AnyOrgan } from '../../dist/actors/any-organ.js';
import { Bus } from '../../dist/actors/bus.js';
import type { Outlet } from '../../dist/actors/outlet.js';
import { Scheduler } from '../../dist/actors/scheduler.js';
import type { Input, Organ, Ports } from '../../dist/contract/organ.js';
import { realClock } from '../../dist/runtime/clock/real.js';
import { realEntropy } from '../../dist/runtime/entropy/real.js';
import { memoryLog } from '../../dist/runtime/log/memory.js';
import { twinSigner } from '../../dist/runtime/signer/twin.js';
import { MemoryDisk } from '../../dist/runtime/store/memory.js';
import { ASK_WINDOW, type Contender, play, print, TELLS_PER_ROUND } from './rounds.ts';

/** PeerTree's own kernel, as it is built: an actor is an organ with a machine of its own, supervised in a cell of six. */

const machine = setup({}).createMachine({ id: 'counter', initial: 'counting', states: { counting: {} } });

const clock = realClock();
const ports: Ports = {
  clock,
  entropy: realEntropy(),
  store: new MemoryDisk().open({ clock }),
  signer: twinSigner('bench'),
  log: memoryLog(),
};

const nowhere: Outlet = {
  ask: () => new Promise(() => undefined),
  tell: () => undefined,
  relay: () => undefined,
  enqueue: () => [],
  enqueued: () => undefined,
  abandoned: () => undefined,
};

/** Told when so many have been counted: what a stopwatch needs and no organ would have. */
let onCount: (counted: number) => void = () => undefined;

function counter(id: string): Organ<number> {
  return {
    id,
    machine,
    begin: () => ({ facts: 0 }),
    messages: {},
    answers: {},
    receive: {
      [`${id}.count`]: (facts) => {
        onCount(facts + 1);
        return { facts: facts + 1 };
      },
      [`${id}.double`]: (facts, { body }: Input<number>) => ({
        facts,
        effects: [{ effect: 'reply', body: 2 * body }],
      }),
    },
    actions: {},
    effects: {},
  };
}

const bus = new Bus();
const scheduler = new Scheduler(clock);
const COUNTER = counter('counter');
const SIX = ['one', 'two', 'three', 'four', 'five', 'six'].map(counter);

function system(organs: readonly AnyOrgan[]): ActorSystem {
  const cell = new ActorSystem({
    name: 'bench',
    ports,
    outlet: nowhere,
    bus,
    scheduler,
    mailboxMax: TELLS_PER_ROUND,
    onEscalate: (error) => {
      throw error;
    },
  });
  cell.start(organs);
  return cell;
}

const one = system([COUNTER]);
let toldBefore = 0;

const peertree: Contender = {
  async tell(messages) {
    const all = new Promise<void>((resolve) => {
      onCount = (counted) => {
        if (counted === toldBefore + messages) resolve();
      };
    });
    for (let message = 0; message < messages; message++) one.tell({ kind: 'counter.count', body: message });
    await all;
    const counted = (one.facts('counter') as number) - toldBefore;
    toldBefore += counted;
    return counted;
  },

  async ask(questions) {
    let right = 0;
    let next = 0;
    const askOn = async (): Promise<void> => {
      while (next < questions) {
        const body = next++;
        const outcome = await one.deliver({ kind: 'counter.double', body });
        if (outcome.ok && outcome.body === 2 * body) right++;
      }
    };
    await Promise.all(Array.from({ length: ASK_WINDOW }, askOn));
    return right;
  },

  async spawn(actors) {
    const started: ActorSystem[] = [];
    let counted = 0;
    const all = new Promise<void>((resolve) => {
      onCount = () => {
        if (++counted === actors) resolve();
      };
    });
    for (let actor = 0; actor < actors; actor += SIX.length) {
      const cell = system(SIX);
      for (const { id } of SIX) cell.tell({ kind: `${id}.count`, body: actor });
      started.push(cell);
    }
    await all;
    return started.flatMap((cell) => SIX.map(({ id }) => ({ cell, id })));
  },
};

print(await play(peertree));
process.exit(0);
