import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recipient } from '../../../src/contract/organ.ts';
import type { NodeId, View } from '../../../src/contract/words.ts';
import { isDrained, queueSizes } from '../../../src/organs/outbox/facts.ts';
import { listDeadLetters } from '../../../src/organs/outbox/letters.ts';
import { makeView, nodeName, treeName } from '../../stage/organism.ts';
import { LONG_MS, Receiver, Sender } from './post.ts';

const SELF = nodeName(1);
const PEERS = [nodeName(2), nodeName(3), nodeName(4)];
const TREE = treeName('shardTree');

const VAIN = { tree: TREE, kind: 'test.vain', body: { name: 'vain' } };

/** One step of a play: what the world does to the queue. */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('enqueue' as const), to: fc.nat(4), lane: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('enqueueInVain' as const), to: fc.nat(4) }) },
  { weight: 5, arbitrary: fc.constant({ do: 'flush' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('flushNext' as const),
      of: fc.constantFrom('outbox' as const, 'others' as const),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ do: 'deliver' as const }) },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'loseFrame' as const }, { do: 'loseAnswer' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'deliverStray' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 5_000 }) }) },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'crash' as const }, { do: 'restartOrgan' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'hear' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), slot: fc.constantFrom(2, 3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mood' as const),
      peer: fc.nat(2),
      mood: fc.constantFrom(...(['willing', 'busy', 'stumbling', 'full', 'refusing'] as const)),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

/** The queue of one node in a world that does its worst, beside the plainest model: what was taken, and for whom. */
class Play {
  readonly sender = new Sender();
  readonly receivers = new Map<NodeId, Receiver>(PEERS.map((peer) => [peer, new Receiver()]));
  /** By name: who it is for, and what it is part of. */
  readonly taken = new Map<string, { readonly to: Recipient; readonly lane: string }>();
  /** Those whose step reached the disk; a crash takes the others back. */
  readonly sure = new Set<string>();
  /** Those that were sent again in the place of their letters: as new messages, behind those that came meanwhile. */
  readonly replayed = new Set<string>();
  #view: View = makeView([SELF, ...PEERS], { trees: { shardTree: [SELF, PEERS[0] as NodeId, PEERS[1] as NodeId] } });
  /** Frames that the network may deliver again. */
  readonly #strays: Sender['frames'][number][] = [];
  #names = 0;

  constructor() {
    this.sender.commitView(this.#view);
    this.sender.flush();
  }

  perform(step: Action): void {
    if (step.do === 'enqueue') this.#enqueue(this.#recipient(step.to), step.lane);
    else if (step.do === 'enqueueInVain') this.sender.enqueueInVain(this.#recipient(step.to), VAIN);
    else if (step.do === 'flush') this.#flush();
    else if (step.do === 'flushNext') this.sender.flushNext(step.of);
    else if (step.do === 'deliver' || step.do === 'loseAnswer') this.#deliver(step.do === 'deliver');
    else if (step.do === 'loseFrame') this.#loseFrame();
    else if (step.do === 'deliverStray') this.#deliverStray();
    else if (step.do === 'wait') this.sender.wait(step.ms);
    else if (step.do === 'crash') this.#crash();
    else if (step.do === 'restartOrgan') this.#restartOrgan();
    else if (step.do === 'hear') this.#hear();
    else if (step.do === 'replace') this.#replace(step.slot);
    else if (step.do === 'replay') this.#replay();
    else this.#receiver(PEERS[step.peer] as NodeId).mood = step.mood;
    this.#noteDurable();
  }

  /** No more faults: everything that can be delivered is. */
  heal(): void {
    for (const receiver of this.receivers.values()) receiver.mood = 'willing';
    for (let round = 0; round < 1_000; round++) {
      this.#flush();
      while (this.sender.frames.length > 0) this.#deliver(true);
      this.#flush();
      if (this.sender.frames.length === 0 && isDrained(this.sender.facts) && queueSizes(this.sender.facts).outbox === 0)
        return;
      this.sender.wait(LONG_MS);
    }
    throw new Error('the queue never empties');
  }

  appliedBy(node: NodeId): readonly string[] {
    return this.#receiver(node).applied;
  }

  appliedAnywhere(): string[] {
    return PEERS.flatMap((node) => this.appliedBy(node));
  }

  isForCell(name: string): boolean {
    return 'cell' in (this.taken.get(name)?.to ?? {});
  }

  buried(): string[] {
    const letters = listDeadLetters(this.sender.disk, { limit: 10_000 });
    return letters.map(({ body }) => (body as { name: string }).name);
  }

  onDisk(): string[] {
    const rows = [...this.sender.disk.range('outbox', { prefix: 'row/' })];
    return rows.map(([, value]) => (value as { body: { name: string } }).body.name);
  }

  #recipient(choice: number): Recipient {
    return choice < PEERS.length ? { cell: PEERS[choice] as NodeId } : { tree: TREE, slot: choice - 1 };
  }

  #receiver(node: NodeId): Receiver {
    return this.receivers.get(node) as Receiver;
  }

  #enqueue(to: Recipient, inTree: boolean): void {
    const name = `m${++this.#names}`;
    const tree = inTree ? TREE : null;
    this.sender.enqueue(to, { tree, kind: 'test.do', body: { name } });
    this.taken.set(name, { to, lane: `${tree}` });
  }

  #flush(): void {
    this.sender.flush();
    this.#noteDurable();
  }

  #noteDurable(): void {
    for (const name of this.onDisk()) this.sure.add(name);
  }

  #deliver(answered: boolean): void {
    const frame = this.sender.frames[0];
    if (frame === undefined) return;
    this.#strays.push(frame);
    const results = this.#receiver(frame.to).take(SELF, frame.messages);
    this.sender.answer(answered ? results : null);
  }

  #loseFrame(): void {
    const frame = this.sender.frames[0];
    if (frame === undefined) return;
    this.#strays.push(frame);
    this.sender.answer(null);
  }

  /** The network delivers an old frame after all, or once more; nobody waits for its answer. */
  #deliverStray(): void {
    const stray = this.#strays.shift();
    if (stray !== undefined) this.#receiver(stray.to).take(SELF, stray.messages);
  }

  #crash(): void {
    for (const name of this.taken.keys()) if (!this.sure.has(name)) this.taken.delete(name);
    this.#strays.push(...this.sender.frames);
    this.sender.start();
  }

  #restartOrgan(): void {
    this.#flush();
    this.#strays.push(...this.sender.frames);
    this.sender.restartOrgan();
  }

  /** The operator has the oldest letter sent again. */
  #replay(): void {
    const [oldest] = listDeadLetters(this.sender.disk, { limit: 1 });
    if (oldest === undefined) return;
    this.sender.replay(oldest.number);
    this.replayed.add((oldest.body as { name: string }).name);
  }

  #hear(): void {
    for (const node of PEERS) this.sender.receive({ kind: 'pulse.changed', body: { node, state: 'live' } });
  }

  #replace(slot: number): void {
    const map = this.#view.trees[TREE];
    if (map === undefined) throw new Error('no tree');
    const nodes = map.slots.map(({ node }) => node);
    const free = PEERS.filter((node) => !nodes.includes(node));
    nodes[slot - 1] = free[0] as NodeId;
    this.#view = makeView([SELF, ...PEERS], { trees: { shardTree: nodes }, version: this.#view.version + 1 });
    this.sender.commitView(this.#view);
  }
}

const played = (actions: readonly Action[], check: (play: Play) => void = () => undefined): Play => {
  const play = new Play();
  for (const step of actions) {
    play.perform(step);
    check(play);
  }
  return play;
};

/** Long plays: short ones get through before anything interesting has happened. */
const actions = fc.array(action, { minLength: 20, maxLength: 120, size: 'max' });
const RUNS = { numRuns: 40 };

describe('whatever is lost, repeated or crashed between any two steps', () => {
  it('a message whose step is on the disk is in the queue, applied, or a dead letter', () => {
    fc.assert(
      fc.property(actions, (steps) => {
        played(steps, (play) => {
          const found = new Set([...play.onDisk(), ...play.appliedAnywhere(), ...play.buried()]);
          expect([...play.sure].filter((name) => !found.has(name))).toEqual([]);
          // Nothing leaves before its step is on the disk.
          expect(play.appliedAnywhere().filter((name) => !play.sure.has(name))).toEqual([]);
          const letters = play.buried();
          expect(play.onDisk().filter((name) => letters.includes(name))).toEqual([]);
        });
      }),
      RUNS,
    );
  });

  it('one identity applies a message once at most, in the order of its lane', () => {
    fc.assert(
      fc.property(actions, (steps) => {
        const play = played(steps);
        play.heal();
        for (const node of PEERS) {
          const own = play.appliedBy(node).filter((name) => play.isForCell(name));
          expect(new Set(own).size).toBe(own.length);
          for (const lane of [TREE, 'null']) {
            const inLane = own.filter((name) => play.taken.get(name)?.lane === lane && !play.replayed.has(name));
            expect(inLane).toEqual([...inLane].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))));
          }
        }
      }),
      RUNS,
    );
  });

  it('once the faults end, everything has been applied or refused, and nothing is left behind', () => {
    fc.assert(
      fc.property(actions, (steps) => {
        const play = played(steps);
        play.heal();
        const ends = new Set([...play.appliedAnywhere(), ...play.buried()]);
        expect([...play.taken.keys()].filter((name) => !ends.has(name))).toEqual([]);
        expect(play.onDisk()).toEqual([]);
        expect(play.appliedAnywhere()).not.toContain('vain');
        const letters = play.buried();
        // A message for a role may have been applied by one holder, unheard, and refused by the next.
        const both = play.appliedAnywhere().filter((name) => letters.includes(name) && play.isForCell(name));
        expect(both).toEqual([]);
      }),
      RUNS,
    );
  });
});
