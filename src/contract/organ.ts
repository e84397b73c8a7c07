import type { AnyStateMachine } from 'xstate';
import type { Clock, Entropy, Log, Signer, Store, Write } from './ports.ts';
import type { Authorship, Message } from './wire.ts';
import type { Json, JsonObject, NodeId, TreeId } from './words.ts';

/**
 * The shape of every organ. An organ is an actor: its *facts* are plain values rebuilt from the store at start, its
 * *mode* is a state of an XState machine, and all it decides is decided by pure functions of (facts, input, moment).
 * What it decides leaves it only as a `Step`: writes, effects, signals to its machine. The kernel makes the writes
 * durable first, then lets the effects go (src/actors).
 */

/** An input of an organ: a message from a peer, an event of another organ, a timer, or an answer to a question. */
export interface Input<B = unknown> {
  /** `organ.verb` for messages and commands, `organ.happened` for events. */
  readonly kind: string;
  readonly body: B;
  /** The peer that sent it; absent for what comes from inside the node. */
  readonly from?: NodeId;
  /** Present on messages of peers: the id by which repeats are recognised. */
  readonly id?: string;
  readonly author?: Authorship;
}

/** What a pure handler may look at besides its facts. */
export interface Moment {
  /** Wall time, epoch milliseconds. */
  readonly now: number;
  /** Milliseconds that only grow, for deadlines within one life of the process. */
  readonly monotonic: number;
  /** The machine's state value as text, dots between levels: `placed`, `placed.attached`. */
  readonly mode: string;
  /** Uniform in [0, 1). */
  random(): number;
  /** Bytes for ids and seeds. */
  randomBytes(length: number): Uint8Array;
}

/** An effect: what leaves the organ once the step's writes are on disk. */
export type Effect =
  /** A question to a peer's organ over the control lane; the answer comes back as an input of kind `onAnswer`. */
  | {
      readonly effect: 'ask';
      readonly to: NodeId;
      readonly tree: TreeId | null;
      readonly kind: string;
      readonly body: Json;
      readonly deadlineMs: number;
      readonly onAnswer: string;
      readonly tag?: Json;
    }
  /** A message over the control lane whose answer nobody needs. */
  | {
      readonly effect: 'tell';
      readonly to: NodeId;
      readonly tree: TreeId | null;
      readonly kind: string;
      readonly body: Json;
    }
  /** A relayed message, with its author's signature, over the control lane. */
  | { readonly effect: 'relay'; readonly to: NodeId; readonly message: Message }
  /** A durable message over the ordered lane, kept in the outbox until it is applied. */
  | {
      readonly effect: 'queue';
      readonly to: Recipient;
      readonly tree: TreeId | null;
      readonly kind: string;
      readonly body: Json;
    }
  /** The answer to the input at hand: the body of its `Result`, or a refusal. */
  | { readonly effect: 'reply'; readonly body: Json }
  | {
      readonly effect: 'refuse';
      readonly code: string;
      readonly detail?: string;
      readonly retryAfterMs?: number;
      readonly body?: Json;
    }
  /** The answer to an input taken earlier, named by the `token` of its `defer`. */
  | { readonly effect: 'defer'; readonly token: string }
  | { readonly effect: 'answer'; readonly token: string; readonly outcome: Outcome }
  /** A fact for the other organs of this node, over the bus: they see it as an input of this kind. */
  | { readonly effect: 'emit'; readonly kind: string; readonly body: unknown }
  /** Sets (or sets anew) the organ's timer of this name: it comes back as an input of kind `name`. Dies with the actor. */
  | { readonly effect: 'timer'; readonly name: string; readonly afterMs: number; readonly body?: unknown }
  | { readonly effect: 'untimer'; readonly name: string }
  /** A named function of the organ's actors.ts, for what can't be pure. */
  | { readonly effect: 'run'; readonly name: string; readonly params: unknown };

export type Outcome =
  | { readonly ok: true; readonly body: Json }
  | {
      readonly ok: false;
      readonly code: string;
      readonly detail?: string;
      readonly retryAfterMs?: number;
      readonly body?: Json;
    };

/** To one identity (waits for it), or to whoever holds a role of a tree (follows the replacement). */
export type Recipient = { readonly cell: NodeId } | { readonly tree: TreeId; readonly slot: number };

/** The body of the input that answers an `ask`. */
export interface Answer {
  readonly to: NodeId;
  readonly tag: Json | undefined;
  readonly outcome: Outcome;
}

/** What a handler decided. Leave a field out where there is nothing of its kind. */
export interface Step<Facts> {
  readonly facts: Facts;
  /** Made durable in one transaction, before any effect of this step leaves. */
  readonly writes?: readonly Write[];
  readonly effects?: readonly Effect[];
  /** Events for the machine, in order. The actions its transitions name are looked up in `actions`. */
  readonly signals?: readonly Signal[];
}

/** An event of an organ's machine: `organ.verb`. */
export interface Signal {
  readonly type: string;
  readonly [detail: string]: unknown;
}

export type Handler<Facts> = (facts: Facts, input: Input<never>, moment: Moment) => Step<Facts>;
export type Action<Facts> = (facts: Facts, signal: Signal, moment: Moment) => Step<Facts>;

/** What an effect of actors.ts gets: the ports, and a way to hand its result to its own organ. */
export interface Ports {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: Store;
  readonly signer: Signer;
  readonly log: Log;
}

export interface EffectScope {
  readonly ports: Ports;
  /** Aborted when the actor stops or restarts. */
  readonly signal: AbortSignal;
  /** Puts an input into this organ's own mailbox. */
  tell(input: Input): void;
}

export interface Organ<Facts> {
  /** Its name, which is the first part of every kind it takes. */
  readonly id: string;
  /** Its modes. No `after`, no invoked actors: timers and effects are the kernel's. */
  readonly machine: AnyStateMachine;
  /** Rebuilds the facts after a start or restart, and says what to do first. Must not fail on an empty store. */
  begin(store: Store, moment: Moment): Step<Facts>;
  /**
   * What peers may send it: JSON Schema (draft-07) of the body, by kind. The node checks bodies against it before they
   * reach the mailbox, and refuses every other kind of a peer as `unknown-kind`.
   */
  readonly messages: { readonly [kind: string]: JsonObject };
  /** What a peer may answer, by the kind it was asked: anything else counts as a failed answer, code `malformed`. */
  readonly answers: { readonly [kind: string]: JsonObject };
  /** By kind. Kinds of other organs' events that it listens to are listed here like its own messages. */
  readonly receive: { readonly [kind: string]: Handler<Facts> };
  /** By the names that the machine uses for its actions. */
  readonly actions: { readonly [name: string]: Action<Facts> };
  /** By the names that `run` effects use. */
  readonly effects: { readonly [name: string]: (params: never, scope: EffectScope) => void | Promise<void> };
}
