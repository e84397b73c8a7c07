import type { PeerRequest } from '../../contract/ports.ts';
import type { NodeId } from '../../contract/words.ts';
import type { SeededEntropy } from '../entropy/seeded.ts';
import type { Leg, Passage } from '../membrane/memory.ts';
import { type Guard, guardOf } from './guard.ts';

/** One leg of an exchange, by the numbers of its ends. */
export interface LegAtHand {
  readonly from: number;
  readonly to: number;
  readonly leg: Leg;
  /** What was asked, also where this leg is that of the answer. */
  readonly request: PeerRequest;
  readonly bytes: number;
  /** Virtual milliseconds. */
  readonly at: number;
  /** Uniform in [0, 1), decided by the seed. */
  random(): number;
}

/** What becomes of a leg, as far as the rules have decided it by now. */
export type Draft = { -readonly [K in keyof Passage]: Passage[K] };

/**
 * A rule of the network, as a value: it looks at every leg and may change what becomes of it. `World.rule` sets it, and
 * the guard which that returns takes it back.
 */
export type Rule = (draft: Draft, leg: LegAtHand) => void;

/** Which legs a rule is about, by the numbers of the nodes; whatever is left out doesn't matter. */
export interface Where {
  /** Either end is one of these. */
  readonly nodes?: readonly number[];
  readonly from?: readonly number[];
  readonly to?: readonly number[];
}

export interface Rate extends Where {
  /** The share of the legs, 0 to 1. */
  readonly rate: number;
}

function isAt({ nodes, from, to }: Where, leg: LegAtHand): boolean {
  if (nodes !== undefined && !nodes.includes(leg.from) && !nodes.includes(leg.to)) return false;
  return (from === undefined || from.includes(leg.from)) && (to === undefined || to.includes(leg.to));
}

/** A draw is made for every leg that the rule is about, so that what else happens doesn't shift it. */
function happens(rate: Rate, leg: LegAtHand): boolean {
  return isAt(rate, leg) && leg.random() < rate.rate;
}

/** Legs vanish. @example world.rule(loss({ rate: 0.05 })) */
export function loss(rate: Rate): Rule {
  return (draft, leg) => {
    if (happens(rate, leg)) draft.deliver = false;
  };
}

/** Requests arrive twice. */
export function duplication(rate: Rate): Rule {
  return (draft, leg) => {
    if (leg.leg === 'request' && happens(rate, leg)) draft.duplicate = true;
  };
}

/** Legs take up to `byMs` longer than others, and so are overtaken. */
export function reordering({ byMs, ...rate }: Rate & { readonly byMs: number }): Rule {
  return (draft, leg) => {
    if (happens(rate, leg)) draft.delayMs += byMs * leg.random();
  };
}

/** All legs take longer by a time drawn evenly between the two. */
export function delay({ minMs, maxMs, ...where }: Where & { readonly minMs: number; readonly maxMs: number }): Rule {
  return (draft, leg) => {
    if (isAt(where, leg)) draft.delayMs += minMs + (maxMs - minMs) * leg.random();
  };
}

/** Each direction of each link carries so many bytes a second, one leg after the other. */
export function bandwidth({ bytesPerSecond, ...where }: Where & { readonly bytesPerSecond: number }): Rule {
  const busyUntil = new Map<string, number>();
  return (draft, leg) => {
    if (!isAt(where, leg)) return;
    const link = `${leg.from}>${leg.to}`;
    const end = Math.max(busyUntil.get(link) ?? 0, leg.at) + (leg.bytes / bytesPerSecond) * 1_000;
    busyUntil.set(link, end);
    draft.delayMs += end - leg.at;
  };
}

/** Requests arrive, and their answers never do: the other end believes that the connection is well. */
export function halfOpen(where: Where): Rule {
  return (draft, leg) => {
    if (leg.leg === 'request' && isAt(where, leg)) draft.replyLost = true;
  };
}

/** One bit of what is carried is another when it arrives. */
export function corruption(rate: Rate): Rule {
  return (draft, leg) => {
    if (happens(rate, leg)) draft.corrupt = true;
  };
}

/** Requests arrive once more, up to `withinMs` later, as if somebody had recorded them. */
export function replay({ withinMs, ...rate }: Rate & { readonly withinMs: number }): Rule {
  return (draft, leg) => {
    if (leg.leg === 'request' && happens(rate, leg)) draft.replayedAfterMs = withinMs * leg.random();
  };
}

export interface WeatherOptions {
  /** One way, drawn evenly between the two, milliseconds. */
  readonly delayMs: readonly [min: number, max: number];
  /** For the delays of every leg. */
  readonly draw: SeededEntropy;
  /** For the rules. */
  readonly entropy: SeededEntropy;
  indexOf(node: NodeId): number;
  /** Virtual milliseconds. */
  now(): number;
  crash(index: number): void;
}

/** What the network does to each leg: the rules, in the order in which they were set. */
export class Weather {
  readonly #options: WeatherOptions;
  readonly #rules = new Map<Rule, SeededEntropy>();
  /** Processes that die at the next thing they say. */
  readonly #doomedAt = new Map<number, Leg>();
  #set = 0;

  constructor(options: WeatherOptions) {
    this.#options = options;
  }

  /**
   * Each rule draws from a stream of its own, named by `label`, so that one rule more or less changes no other.
   *
   * @param label @default its place among the rules that were ever set
   */
  set(rule: Rule, label = `rule-${this.#set + 1}`): Guard {
    this.#set += 1;
    // A copy, as one rule may be set twice.
    const own: Rule = (draft, leg) => rule(draft, leg);
    this.#rules.set(own, this.#options.entropy.fork(label));
    return guardOf(() => this.#rules.delete(own));
  }

  clear(): void {
    this.#rules.clear();
  }

  /** The process dies when it next asks, or when it next answers. */
  doom(index: number, leg: Leg): void {
    this.#doomedAt.set(index, leg);
  }

  spare(index: number): void {
    this.#doomedAt.delete(index);
  }

  passage(from: NodeId, to: NodeId, request: PeerRequest, leg: Leg): Passage {
    const { delayMs, draw } = this.#options;
    const [min, max] = delayMs;
    const draft: Draft = { deliver: true, delayMs: min + draw.float() * (max - min) };
    if (this.#rules.size + this.#doomedAt.size > 0) this.#change(draft, from, to, request, leg);
    return draft;
  }

  #change(draft: Draft, fromId: NodeId, toId: NodeId, request: PeerRequest, leg: Leg): void {
    const { indexOf, now, crash } = this.#options;
    const [from, to] = [indexOf(fromId), indexOf(toId)];
    if (this.#doomedAt.get(from) === leg) {
      crash(from);
      draft.deliver = false;
      return;
    }
    const one = { from, to, leg, request, bytes: bytesOf(request), at: now() };
    for (const [rule, draw] of this.#rules) rule(draft, { ...one, random: () => draw.float() });
  }
}

/** What a request carries. */
export function bytesOf(request: PeerRequest): number {
  if (request.route === 'shard.get') return 0;
  return request.route === 'frame' && request.sealed !== undefined ? SEALED_BYTES : request.bytes.byteLength;
}

/** What a sealed frame counts for, which has no bytes: as many as most have. */
const SEALED_BYTES = 512;
