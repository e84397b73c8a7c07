import { LIMITS, PRESETS } from '../../../src/contract/limits.ts';
import type { Effect, Input, Moment, Organ, Outcome, Recipient } from '../../../src/contract/organ.ts';
import type { Message, Result } from '../../../src/contract/wire.ts';
import type { JsonObject, NodeId, View } from '../../../src/contract/words.ts';
import {
  acceptOrdered,
  Intake,
  markFor,
  type OutboxFacts,
  outboxOrgan,
  outcomeFor,
  readDeadLetter,
  readMark,
  SKIP_KIND,
} from '../../../src/organs/outbox/index.ts';
import type { Dispatch, Row } from '../../../src/organs/outbox/rows.ts';
import type { Delivered, DeliverParams } from '../../../src/organs/outbox/sending.ts';
import { resultOf } from '../../../src/runtime/membrane/result.ts';
import { Shelf } from '../../stage/shelf.ts';

/** What an organ's step leaves behind until the disk has it. */
interface Held {
  readonly writes: readonly Parameters<Shelf['put']>[0][number][];
  readonly effects: readonly Effect[];
}

/**
 * A sender whose every step can be interrupted: writes reach the disk and frames reach the network only when the test
 * says so, and a crash loses whatever has not.
 */
export class Sender {
  disk = new Shelf();
  time = 0;
  /** The frames that left, oldest first; the test decides what becomes of them. */
  readonly frames: DeliverParams[] = [];
  facts!: OutboxFacts;
  intake!: Intake;
  #organ!: ReturnType<typeof outboxOrgan>;
  /** Steps of the outbox, and steps of other organs, each in their order; the disk may take either first. */
  #held: Held[] = [];
  #others: Held[] = [];
  #mode = 'open';
  view: View | null = null;
  readonly told: string[] = [];

  constructor() {
    this.start();
  }

  /** A new life on what the disk holds: steps that were not flushed never happened. */
  start(): void {
    this.#held = [];
    this.#others = [];
    this.intake = new Intake(this.disk, () => this.#now());
    const carrier = { deliver: () => Promise.reject(new Error('the test carries frames itself')) };
    this.#organ = outboxOrgan({ timing: PRESETS.lan, intake: this.intake, carrier });
    this.restartOrgan();
  }

  /** The organ alone begins a new life, as after a failure of its own. */
  restartOrgan(): void {
    this.flush();
    // What the old life's effects would still tell is not heard any more.
    this.frames.length = 0;
    const step = this.#organ.begin(this.disk, this.#moment());
    this.facts = step.facts;
    this.#hold({ writes: step.writes ?? [], effects: step.effects ?? [] });
    if (this.view !== null) this.commitView(this.view);
  }

  /** A message of another organ's step: queued if that step reaches the disk. */
  enqueue(to: Recipient, message: Dispatch, onFull: 'refuse' | 'bury' = 'refuse'): void {
    const rows = this.intake.enqueue(to, message, onFull);
    this.#others.push({ writes: rows, effects: [ENQUEUED] });
  }

  /** The same for a step that fails to be committed. */
  enqueueInVain(to: Recipient, message: Dispatch): void {
    this.intake.abandoned(this.intake.enqueue(to, message));
  }

  /** What the desk of the letters does: the letter goes and the new row comes with one step. False where there is no letter. */
  replay(number: number): boolean {
    const letter = readDeadLetter(this.disk, number);
    if (letter === undefined) return false;
    const { to, tree, kind, body, message } = letter;
    const rows = this.intake.enqueue(to, { tree, kind, body, replays: message });
    const step = this.#exhume(number);
    const isGone = isTaken(step.effects);
    if (isGone) this.#hold({ writes: [...(step.writes ?? []), ...rows], effects: [...(step.effects ?? []), ENQUEUED] });
    else this.intake.abandoned(rows);
    return isGone;
  }

  drop(number: number): boolean {
    const step = this.#exhume(number);
    this.#hold({ writes: step.writes ?? [], effects: [] });
    return isTaken(step.effects);
  }

  #exhume(number: number): ReturnType<Organ<OutboxFacts>['begin']> {
    const input = { kind: 'outbox.exhume', body: { number } } as Input<never>;
    const step = this.#organ.receive[input.kind]?.(this.facts, input, this.#moment());
    if (step === undefined) throw new Error('the outbox takes no letters away');
    this.facts = step.facts;
    return step;
  }

  commitView(view: View): void {
    this.view = view;
    this.receive({ kind: 'consensus.committed', body: { view, previous: view, records: [] } });
  }

  receive(input: Input): void {
    const step = this.#organ.receive[input.kind]?.(this.facts, input as Input<never>, this.#moment());
    if (step === undefined) throw new Error(`the outbox takes no ${input.kind}`);
    this.facts = step.facts;
    this.#hold({ writes: step.writes ?? [], effects: step.effects ?? [] });
    for (const { type } of step.signals ?? []) {
      if (type === 'outbox.close') this.#mode = 'closing';
      if (type === 'outbox.stay') this.#mode = 'open';
      if (type === 'outbox.drained') this.told.push('drained');
    }
  }

  /** The answer to the oldest frame that left; null where none came. */
  answer(results: Delivered['results']): void {
    const frame = this.frames.shift();
    if (frame === undefined) throw new Error('no frame is under way');
    this.receive({ kind: 'outbox.delivered', body: { to: frame.to, results } satisfies Delivered });
  }

  /** Lets time pass and the alarm ring. */
  wait(ms: number): void {
    this.time += ms;
    this.receive({ kind: 'outbox.alarm', body: null });
  }

  /** The next step of the outbox, or of another organ, reaches the disk, and what it lets go leaves. */
  flushNext(of: 'outbox' | 'others'): boolean {
    const held = (of === 'outbox' ? this.#held : this.#others).shift();
    if (held === undefined) return false;
    this.disk.put(held.writes);
    for (const effect of held.effects) this.#carryOut(effect);
    return true;
  }

  flush(): void {
    while (this.flushNext('others') || this.flushNext('outbox'));
  }

  #hold(held: Held): void {
    if (held.writes.length > 0 || held.effects.length > 0) this.#held.push(held);
  }

  #carryOut(effect: Effect): void {
    if (effect === ENQUEUED) this.intake.enqueued();
    if (effect.effect !== 'run') return;
    if (effect.name === 'deliver') this.frames.push(effect.params as DeliverParams);
    if (effect.name === 'open') this.intake.open(effect.params as readonly number[]);
    if (effect.name === 'open' || effect.name === 'collect') {
      this.intake.collect((rows: readonly Row[]) => this.receive({ kind: 'outbox.queued', body: rows }));
    }
    if (effect.name === 'release') this.intake.release(effect.params as never);
  }

  #now(): number {
    return Date.UTC(2025, 0, 1) + this.time;
  }

  #moment(): Moment {
    return {
      now: this.#now(),
      monotonic: this.time,
      mode: this.#mode,
      random: () => 0.5,
      randomBytes: (length) => new Uint8Array(length),
    };
  }
}

const isTaken = (effects: readonly Effect[] = []): boolean => !effects.some(({ effect }) => effect === 'refuse');

const ENQUEUED: Effect = { effect: 'emit', kind: 'enqueued', body: null };

/** Who applies what arrives, in one transaction with its mark. */
export class Receiver {
  disk = new Shelf();
  /** What it did, in order. */
  readonly applied: string[] = [];
  /** What it says in place of applying. */
  mood: 'willing' | 'busy' | 'stumbling' | 'full' | 'refusing' = 'willing';

  take(from: NodeId, messages: readonly Message[]): Result[] {
    return messages.map((message, index) => this.#takeOne(from, message, index));
  }

  /** One that stumbles is busy with the first message of each frame only. */
  #takeOne(from: NodeId, message: Message, index: number): Result {
    const { id, tree, kind, body } = message;
    const mark = readMark(this.disk, from, tree);
    const acceptance = acceptOrdered(mark.settled, message);
    if (acceptance !== 'apply') return resultOf(id, outcomeFor(acceptance, mark, message));
    const outcome = kind === SKIP_KIND ? APPLIED : this.#outcome(index);
    this.disk.put(markFor(mark, message, outcome));
    if (outcome.ok && kind !== SKIP_KIND) this.applied.push((body as JsonObject).name as string);
    return resultOf(id, outcome);
  }

  #outcome(index: number): Outcome {
    if (this.mood === 'busy' || (this.mood === 'stumbling' && index === 0))
      return { ok: false, code: 'busy', retryAfterMs: 50 };
    if (this.mood === 'full') return { ok: false, code: 'disk-full' };
    return this.mood === 'refusing' ? { ok: false, code: 'not-found' } : APPLIED;
  }
}

const APPLIED: Outcome = { ok: true, body: null };

/** More than any back-off, hold or pace of the `lan` preset. */
export const LONG_MS = LIMITS.outboxHoldMaxMs;
