import { type AnyMachineSnapshot, initialTransition, transition } from 'xstate';
import type { Answer, Effect, Input, Moment, Organ, Outcome, Ports, Signal, Step } from '../../src/contract/organ.ts';
import type { Cancel } from '../../src/contract/ports.ts';
import type { NodeId } from '../../src/contract/words.ts';
import { Timeline } from '../../src/runtime/clock/timeline.ts';
import { seededEntropy } from '../../src/runtime/entropy/seeded.ts';
import { Shelf } from './shelf.ts';

// biome-ignore lint/suspicious/noExplicitAny: the stage hands an organ its own facts back, of whatever type they are
type Play = Organ<any>;

export interface StageOptions {
  readonly seed?: number;
  /** One way, milliseconds; a fifth of it is jitter. @default 10 */
  readonly latencyMs?: number;
  /** Of all messages, requests and answers alike. @default 0 */
  readonly loss?: number;
}

/** One fact that an organ told its node. */
export interface Told {
  readonly at: number;
  readonly node: NodeId;
  readonly kind: string;
  readonly body: unknown;
}

interface Actor {
  readonly organ: Play;
  readonly timers: Map<string, Cancel>;
  facts: unknown;
  snapshot: AnyMachineSnapshot;
}

interface Player {
  readonly node: NodeId;
  readonly actors: Actor[];
  readonly store: Shelf;
  readonly owed: Map<string, (outcome: Outcome) => void>;
  /** Off the stage: its host is gone and nothing answers; or only its process, and connections are refused. */
  down: 'no' | 'silent' | 'refusing';
}

/**
 * A stage on which organs of many nodes play without a kernel: effects are carried out at once, messages take time and
 * may be lost, and nothing happens but by virtual time. One seed, one play.
 *
 * @example
 * const stage = new Stage({ seed: 1, loss: 0.05 })
 * stage.enter('a', [pulseOrgan({ self: 'a', incarnation: 1, timing: PRESETS.lan })])
 * stage.advance(60_000)
 */
export class Stage {
  readonly told: Told[] = [];
  /** What organs warned the operator of. */
  readonly warned: string[] = [];
  /** Messages sent to other nodes, answers included, by node and kind. */
  readonly sent = new Map<NodeId, Map<string, number>>();
  /** False keeps a message from arriving. */
  link: (from: NodeId, to: NodeId) => boolean = () => true;
  loss: number;
  onTold: (told: Told) => void = () => undefined;
  readonly #timeline = new Timeline({ eventsMax: 1_000_000, simultaneousMax: 1_000_000 });
  readonly #players = new Map<NodeId, Player>();
  /** One way, milliseconds. */
  latencyMs: number;
  readonly #entropy;

  constructor(options: StageOptions = {}) {
    this.#entropy = seededEntropy(options.seed ?? 1);
    this.latencyMs = options.latencyMs ?? 10;
    this.loss = options.loss ?? 0;
  }

  get now(): number {
    return this.#timeline.nowUs / 1000;
  }

  enter(node: NodeId, organs: readonly Play[], store = new Shelf()): void {
    const player: Player = { node, actors: [], store, owed: new Map(), down: 'no' };
    this.#players.set(node, player);
    this.sent.set(node, this.sent.get(node) ?? new Map());
    for (const organ of organs) {
      const [snapshot] = initialTransition(organ.machine);
      const actor: Actor = { organ, timers: new Map(), facts: undefined, snapshot };
      player.actors.push(actor);
      this.#perform(player, actor, organ.begin(store, this.#moment(actor)));
    }
  }

  /** Takes a node off the stage without a word. */
  crash(node: NodeId, how: 'silent' | 'refusing' = 'silent'): void {
    const player = this.#playerOf(node);
    player.down = how;
    for (const { timers } of player.actors) for (const cancel of timers.values()) cancel();
  }

  /** What is on a node's disk. */
  storeOf(node: NodeId): Shelf {
    return this.#playerOf(node).store;
  }

  /** A fact of the node's other organs. */
  emit(node: NodeId, kind: string, body: unknown): void {
    for (const actor of this.#playerOf(node).actors) this.#receive(this.#playerOf(node), actor, { kind, body });
  }

  /** A request from inside the node. */
  request(node: NodeId, kind: string, body: unknown, then: (outcome: Outcome) => void): void {
    this.#handle(this.#playerOf(node), { kind, body }, then);
  }

  facts<F>(node: NodeId, organ: string): F {
    return this.#actorOf(node, organ).facts as F;
  }

  mode(node: NodeId, organ: string): string {
    return String(this.#actorOf(node, organ).snapshot.value);
  }

  advance(ms: number): void {
    const until = this.#timeline.nowUs + ms * 1000;
    while (this.#timeline.runNext(until));
    this.#timeline.skipTo(until);
  }

  /** Something that happens outside of all organs. */
  after(ms: number, task: () => void): void {
    this.#timeline.schedule(ms, task);
  }

  toldOf<B>(kind: string, node?: NodeId): (Told & { readonly body: B })[] {
    const fitting = this.told.filter((told) => told.kind === kind && (node === undefined || told.node === node));
    return fitting as (Told & { readonly body: B })[];
  }

  #playerOf(node: NodeId): Player {
    const player = this.#players.get(node);
    if (player === undefined) throw new Error(`${node} is not on the stage`);
    return player;
  }

  #actorOf(node: NodeId, organ: string): Actor {
    const actor = this.#playerOf(node).actors.find((one) => one.organ.id === organ);
    if (actor === undefined) throw new Error(`${node} has no ${organ}`);
    return actor;
  }

  #moment(actor: Actor): Moment {
    return {
      now: Date.UTC(2025, 0, 1) + this.now,
      monotonic: this.now,
      mode: String(actor.snapshot.value),
      random: () => this.#entropy.float(),
      randomBytes: (length) => this.#entropy.bytes(length),
    };
  }

  #receive(player: Player, actor: Actor, input: Input, then?: (outcome: Outcome) => void): boolean {
    const handler = actor.organ.receive[input.kind];
    if (handler === undefined || player.down !== 'no') return false;
    const step = handler(actor.facts, input as Input<never>, this.#moment(actor));
    this.#perform(player, actor, step, then);
    return true;
  }

  #perform(player: Player, actor: Actor, step: Step<unknown>, then?: (outcome: Outcome) => void): void {
    actor.facts = step.facts;
    player.store.put(step.writes ?? []);
    for (const effect of step.effects ?? []) this.#carryOut(player, actor, effect, then);
    for (const signal of step.signals ?? []) this.#signal(player, actor, signal);
  }

  #signal(player: Player, actor: Actor, signal: Signal): void {
    const [snapshot, actions] = transition(actor.organ.machine, actor.snapshot, signal);
    actor.snapshot = snapshot;
    for (const { type } of actions) {
      const action = actor.organ.actions[type];
      if (action === undefined) throw new Error(`${actor.organ.id} has no action ${type}`);
      this.#perform(player, actor, action(actor.facts, signal, this.#moment(actor)));
    }
  }

  #carryOut(player: Player, actor: Actor, effect: Effect, then?: (outcome: Outcome) => void): void {
    if (effect.effect === 'ask') this.#ask(player, actor, effect);
    else if (effect.effect === 'reply') then?.({ ok: true, body: effect.body });
    else if (effect.effect === 'refuse') then?.({ ok: false, code: effect.code });
    else if (effect.effect === 'defer') this.#defer(player, effect.token, then);
    else if (effect.effect === 'answer') this.#answer(player, effect.token, effect.outcome);
    else if (effect.effect === 'emit') this.#tellNode(player, effect.kind, effect.body);
    else if (effect.effect === 'timer') this.#set(player, actor, effect);
    else if (effect.effect === 'untimer') actor.timers.get(effect.name)?.();
    else if (effect.effect === 'run') this.#run(player, actor, effect);
    else throw new Error(`the stage has no ${effect.effect}`);
  }

  #defer(player: Player, token: string, then: ((outcome: Outcome) => void) | undefined): void {
    if (then === undefined) throw new Error(`nobody waits for ${token}`);
    player.owed.set(token, then);
  }

  #answer(player: Player, token: string, outcome: Outcome): void {
    const then = player.owed.get(token);
    if (then === undefined) throw new Error(`nobody waits for ${token}, or it was answered before`);
    player.owed.delete(token);
    then(outcome);
  }

  #set(player: Player, actor: Actor, { name, afterMs, body }: Effect & { effect: 'timer' }): void {
    actor.timers.get(name)?.();
    actor.timers.set(name, this.#later(player, actor, afterMs, { kind: name, body }));
  }

  #run(player: Player, actor: Actor, { name, params }: Effect & { effect: 'run' }): void {
    const run = actor.organ.effects[name];
    if (run === undefined) throw new Error(`${actor.organ.id} has no effect ${name}`);
    const log = { debug: () => undefined, warn: (event: string) => this.warned.push(event) };
    const ports = { store: player.store, log } as unknown as Ports;
    void run(params as never, {
      ports,
      signal: new AbortController().signal,
      tell: (input) => this.#later(player, actor, 0, input),
    });
  }

  #later(player: Player, actor: Actor, afterMs: number, input: Input): Cancel {
    return this.#timeline.schedule(afterMs, () => this.#receive(player, actor, input));
  }

  #tellNode(player: Player, kind: string, body: unknown): void {
    const told = { at: this.now, node: player.node, kind, body };
    this.told.push(told);
    // An organ hears its own facts only after a restart.
    const others = player.actors.filter(({ organ }) => !kind.startsWith(`${organ.id}.`));
    for (const actor of others) this.#later(player, actor, 0, { kind, body });
    this.onTold(told);
  }

  #ask(player: Player, actor: Actor, effect: Effect & { effect: 'ask' }): void {
    const { to, kind, onAnswer, tag, deadlineMs } = effect;
    let open = true;
    const settle = (outcome: Outcome): void => {
      if (!open) return;
      open = false;
      expire();
      const body: Answer = { to, tag, outcome };
      this.#receive(player, actor, { kind: onAnswer, body });
    };
    const expire = this.#timeline.schedule(deadlineMs, () => settle({ ok: false, code: 'deadline' }));
    const body = structuredClone(effect.body);
    this.#post(
      player.node,
      to,
      kind,
      (receiver) => {
        this.#handle(receiver, { kind, body, from: player.node }, (outcome) => {
          this.#post(to, player.node, `${kind}:answer`, () => settle(outcome));
        });
      },
      () => settle({ ok: false, code: 'unreachable' }),
    );
  }

  /** A message on its way: lost, late, or refused by a host whose process is gone. */
  #post(from: NodeId, to: NodeId, kind: string, arrive: (to: Player) => void, refused?: () => void): void {
    const counts = this.sent.get(from);
    counts?.set(kind, (counts.get(kind) ?? 0) + 1);
    const lost = this.#entropy.float() < this.loss || !this.link(from, to);
    const delay = this.latencyMs * (0.9 + 0.2 * this.#entropy.float());
    if (lost) return;
    this.#timeline.schedule(delay, () => {
      const receiver = this.#players.get(to);
      if (receiver === undefined || receiver.down === 'silent') return;
      if (receiver.down === 'refusing') this.#timeline.schedule(delay, () => refused?.());
      else arrive(receiver);
    });
  }

  #handle(player: Player, input: Input, then: (outcome: Outcome) => void): void {
    const id = input.kind.split('.')[0];
    const actor = player.actors.find(({ organ }) => organ.id === id);
    const taken = actor !== undefined && this.#receive(player, actor, input, then);
    if (!taken) then({ ok: false, code: 'unknown-kind' });
  }
}
