import { isFault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Effect, Input, Moment, Outcome, Ports } from '../contract/organ.ts';
import type { Log, Write } from '../contract/ports.ts';
import type { AnyOrgan } from './any-organ.ts';
import { outcomeOf } from './ask.ts';
import type { Bus } from './bus.ts';
import { type Chart, chartOf, type Mode } from './chart.ts';
import { equip } from './equip.ts';
import { Inbox, isHeldBack } from './inbox.ts';
import { Letter } from './letter.ts';
import { Life, type LifeHost } from './life.ts';
import type { Outlet } from './outlet.ts';
import { Pipeline, type PipelineEnds } from './pipeline.ts';
import type { Runnable, Scheduler } from './scheduler.ts';
import { Storing } from './storing.ts';
import type { Supervised, Supervisor } from './supervisor.ts';
import { firstTurnOf, Turn, turnOf } from './turn.ts';

/** What becomes of an organ: `failed` is down for now or for good, and one of the other two follows. */
export type Fate = 'failed' | 'restarted' | 'stopped';

/** What the hosts of one actor system share. */
export interface HostEnvironment {
  readonly ports: Ports;
  readonly outlet: Outlet;
  readonly bus: Bus;
  /** Gives the log with the system's name on every line. */
  readonly system: { readonly log: Log };
  readonly scheduler: Scheduler;
  readonly supervisor: Supervisor;
  readonly mailboxMax: number;
  momentIn(mode: Mode): Moment;
  moved(organ: string, mode: string): void;
  fated(organ: string, fate: Fate, error?: unknown): void;
  dead(organ: string, input: Input, code: string, error?: unknown): void;
}

type State = 'up' | 'sinking' | 'down' | 'stopped';

interface Ending {
  readonly outcome: Outcome & { readonly ok: false };
  readonly done: (() => void)[];
}

const BUSY = { ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs } as const;

/**
 * One organ as an actor: its mailbox, facts and mode, and the pipeline that holds what it says until it is durable.
 *
 * Its facts and mode in memory run ahead of the disk; `facts` and `mode` show those of the last step that is durable, so
 * that nobody who looks can see what a crash would lose. An exception of a handler is a defect and restarts the organ;
 * a Fault is an expected failure and refuses the input at hand, of which then nothing is kept.
 */
export class OrganHost implements Runnable, Supervised, LifeHost, PipelineEnds<Turn> {
  readonly id: string;
  readonly organ: AnyOrgan;
  queued = false;
  readonly #env: HostEnvironment;
  readonly #chart: Chart;
  readonly #inbox: Inbox;
  readonly #pipeline = new Pipeline<Turn>(this);
  #state: State = 'down';
  #life: Life;
  #facts: unknown = undefined;
  #mode: Mode;
  #durableFacts: unknown = undefined;
  #durableMode: Mode;
  /** A defect found by an effect; the run loop acts on it, never the middle of a release. */
  #defect: { readonly error: unknown } | undefined = undefined;
  /** What a life that ends tells those to whom it owes an answer. */
  #owing: Ending['outcome'] = BUSY;
  /** Set when it is to stop: what those who wait learn, and whom to tell. */
  #ending: Ending | undefined = undefined;
  /** How it fares with the disk. */
  readonly #storing: Storing;

  /** @throws Error where the machine or a name in it is wrong */
  constructor(organ: AnyOrgan, env: HostEnvironment) {
    this.id = organ.id;
    this.organ = organ;
    this.#env = env;
    this.#chart = chartOf(organ);
    this.#mode = this.#chart.initial;
    this.#durableMode = this.#chart.initial;
    this.#inbox = new Inbox(env.mailboxMax);
    this.#storing = new Storing(organ.id, env);
    this.#life = new Life(this);
  }

  get ports(): Ports {
    return this.#env.ports;
  }

  get outlet(): Outlet {
    return this.#env.outlet;
  }

  get bus(): Bus {
    return this.#env.bus;
  }

  get log(): Log {
    return this.#env.system.log;
  }

  /** As of the last durable step. */
  get facts(): unknown {
    return this.#durableFacts;
  }

  /** As of the last durable step. */
  get mode(): string {
    return this.#durableMode.name;
  }

  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /** False where the mailbox is full; the letter was not taken. */
  post(letter: Letter): boolean {
    if (this.#state === 'down' && this.#storing.refusal !== undefined && letter.ask !== undefined) {
      letter.ask.settle(this.#storing.refusal);
      return true;
    }
    if (!this.#inbox.offer(letter)) return false;
    this.#env.scheduler.ready(this);
    return true;
  }

  own(input: Input, claim: () => boolean): void {
    this.#inbox.pushOwn(new Letter(input, 'own', undefined, claim));
    this.#env.scheduler.ready(this);
  }

  failed(error: unknown): void {
    this.#defect ??= { error };
    this.#env.scheduler.ready(this);
  }

  // ---- The run loop ------------------------------------------------------------------------------------------------

  run(budget: number): boolean {
    for (let left = budget; left > 0 && this.#state === 'up' && !this.#pipeline.full; left--) {
      if (this.#defect !== undefined) this.#fail(this.#defect.error);
      else {
        const letter = this.#inbox.next();
        if (letter === undefined) break;
        this.#handle(letter);
      }
    }
    // One commit for what the batch wrote.
    this.#settleDown();
    return this.#hasWork();
  }

  #hasWork(): boolean {
    if (this.#state !== 'up' || this.#pipeline.full) return false;
    return this.#inbox.length > 0 || this.#defect !== undefined;
  }

  #handle(letter: Letter): void {
    if (!letter.claimed()) return;
    if (isHeldBack(this.#mode.stash, letter)) {
      this.#hold(letter);
      return;
    }
    let turn: Turn;
    try {
      turn = turnOf(this.organ, this.#chart, this.#facts, this.#mode, letter, this.#env.momentIn);
      equip(turn, this.organ, this.outlet);
    } catch (error) {
      this.#spoilt(letter, error);
      return;
    }
    this.#advance(turn);
  }

  #advance(turn: Turn): void {
    this.#facts = turn.facts;
    if (turn.mode !== this.#mode) {
      this.#mode = turn.mode;
      this.#inbox.replay();
    }
    this.#pipeline.submit(turn);
  }

  #hold(letter: Letter): void {
    if (this.#inbox.hold(letter)) return;
    if (letter.ask !== undefined) letter.ask.settle(BUSY);
    else this.#env.dead(this.id, letter.input, 'busy');
  }

  /** The handler threw. Its refusal takes its turn behind the steps before it, as every other answer does. */
  #spoilt(letter: Letter, error: unknown): void {
    const { kind } = letter.input;
    const { code } = outcomeOf(error);
    if (letter.ask === undefined || !isFault(error)) this.#env.dead(this.id, letter.input, code, error);
    const refuse: Effect = { effect: 'refuse', ...(code === 'outbox-full' ? BUSY : outcomeOf(error)) };
    const turn = new Turn(letter, { facts: this.#facts, effects: [refuse] }, this.#mode);
    equip(turn, this.organ, this.outlet);
    this.#pipeline.submit(turn);
    if (isFault(error)) this.log.debug('actor.refused', { organ: this.id, kind, code });
    else this.#fail(error);
  }

  // ---- The disk ----------------------------------------------------------------------------------------------------

  commit(writes: readonly Write[]): Promise<void> {
    return this.ports.store.commit(writes);
  }

  release(turn: Turn): void {
    this.#durableFacts = turn.facts;
    const moved = turn.mode.name !== this.#durableMode.name;
    this.#durableMode = turn.mode;
    if (moved) this.#env.moved(this.id, turn.mode.name);
    if (turn.writes.length > 0) this.#storing.kept();
    const ask = turn.letter?.ask;
    for (const effect of turn.effects) this.#life.perform(effect, ask);
    if (ask === undefined || ask.settled || turn.effects.some(({ effect }) => effect === 'defer')) return;
    ask.settle({ ok: true, body: null });
  }

  lost(error: unknown, turns: readonly Turn[]): void {
    const outcome = outcomeOf(error);
    for (const { letter, rows } of turns) {
      if (rows.length > 0) this.outlet.abandoned(rows);
      if (letter?.ask !== undefined) letter.ask.settle(outcome);
      else if (letter !== undefined) this.#env.dead(this.id, letter.input, outcome.code, error);
    }
    // The facts in memory are ahead of a disk that will not follow: whatever comes next needs them rebuilt.
    if (this.#state !== 'up') return;
    if (!isFault(error, 'disk-full') && !isFault(error, 'busy')) this.#fail(error);
    else this.#env.supervisor.renew(this, error, this.#storing.lost(error));
  }

  eased(): void {
    if (this.#state === 'sinking' && this.#pipeline.idle) this.#sunk();
    else if (this.#hasWork()) this.#env.scheduler.ready(this);
  }

  // ---- Lives -------------------------------------------------------------------------------------------------------

  /** The first step of a new life, not yet let go: `launch` does that. Throws what `begin` throws. */
  prepare(): Turn {
    const begun = this.organ.begin(this.ports.store, this.#env.momentIn(this.#chart.initial));
    const turn = firstTurnOf(this.organ, this.#chart, begun, this.#env.momentIn);
    equip(turn, this.organ, this.outlet);
    return turn;
  }

  launch(turn: Turn): void {
    this.#life = new Life(this);
    this.#defect = undefined;
    this.#storing.tryAgain();
    this.#state = 'up';
    // Until the first step of the first life is durable there is nothing else to show.
    this.#durableFacts ??= turn.facts;
    this.#mode = this.#chart.initial;
    this.#inbox.replay();
    this.#inbox.precede(this.#missed());
    this.#advance(turn);
    this.#settleDown();
    if (this.#hasWork()) this.#env.scheduler.ready(this);
  }

  /** What an earlier life was told and this one would never learn: how things are by now. */
  #missed(): Letter[] {
    const waiting = this.#inbox.toArray().filter(({ origin }) => origin === 'event');
    const facts = this.bus.retained(
      Object.keys(this.organ.receive),
      waiting.map(({ input }) => input),
    );
    return facts.map((event) => new Letter(event, 'event'));
  }

  rise(): void {
    let first: Turn;
    try {
      first = this.prepare();
    } catch (error) {
      this.#fail(error);
      return;
    }
    const isFailure = !this.#storing.waits;
    this.launch(first);
    if (isFailure) this.log.info('actor.restarted', { organ: this.id });
    this.#env.fated(this.id, 'restarted');
  }

  #fail(error: unknown): void {
    this.log.error('actor.failed', { organ: this.id, error: String(error), stack: stackOf(error) });
    this.#env.supervisor.failed(this, error);
  }

  sink(error: unknown): void {
    if (this.#state === 'up') {
      this.#state = 'sinking';
      // A full disk stays full: whoever is owed an answer is not told to come back in a moment.
      this.#owing = isFault(error, 'disk-full') ? outcomeOf(error) : BUSY;
      this.#env.fated(this.id, 'failed', error);
      this.#settleDown();
    } else if (this.#state === 'down') this.#env.supervisor.settled(this);
  }

  retire(error: unknown): void {
    if (this.#state === 'up') this.#env.fated(this.id, 'failed', error);
    this.stop({ ok: false, code: 'no-actor' }, () => undefined);
  }

  /** Finishes the commits and effects under way, lets go what was held, then ends. `outcome` is for those who still wait. */
  stop(outcome: Ending['outcome'], done: () => void): void {
    if (this.#state === 'stopped') {
      done();
      return;
    }
    this.#ending ??= { outcome, done: [] };
    this.#ending.done.push(done);
    if (this.#state === 'up') this.#state = 'sinking';
    if (this.#state === 'down') this.#drain(this.#ending);
    else this.#settleDown();
  }

  /** Ends at once, as a crash would: nothing leaves any more, and what is not durable is lost. */
  kill(outcome: Ending['outcome']): void {
    if (this.#state === 'stopped') return;
    for (const { letter } of this.#pipeline.kill()) letter?.ask?.settle(outcome);
    this.#life.end(outcome);
    this.#ended({ outcome, done: this.#ending?.done ?? [] });
  }

  /** Starts the commit of what waits; where the organ is going down, it is down once nothing is held any more. */
  #settleDown(): void {
    this.#pipeline.flush();
    if (this.#state === 'sinking' && this.#pipeline.idle) this.#sunk();
  }

  #sunk(): void {
    this.#state = 'down';
    this.#life.end(this.#ending?.outcome ?? this.#owing);
    const { refusal } = this.#storing;
    if (refusal !== undefined) for (const { ask } of this.#inbox.toArray()) ask?.settle(refusal);
    if (this.#ending === undefined) this.#env.supervisor.settled(this);
    else this.#drain(this.#ending);
  }

  /** What its effects have under way comes to an end before it is said to have stopped: the disk is closed after that. */
  #drain(ending: Ending): void {
    const drained = this.#life.drained();
    if (drained === undefined) this.#ended(ending);
    else
      void drained.then((left) => {
        if (left > 0) this.log.warn('actor.effects-left', { organ: this.id, left });
        this.#ended(ending);
      });
  }

  #ended({ outcome, done }: Ending): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    for (const { ask, input, origin } of this.#inbox.drain()) {
      if (ask !== undefined) ask.settle(outcome);
      else if (origin !== 'own') this.#env.dead(this.id, input, outcome.code);
    }
    this.#env.fated(this.id, 'stopped');
    for (const tell of done) tell();
  }
}

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined);
