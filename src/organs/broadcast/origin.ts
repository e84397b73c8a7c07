import { LIMITS } from '../../contract/limits.ts';
import type { NodeId } from '../../contract/words.ts';
import type { Kept } from './archive.ts';
import type { Mark, Told } from './messages.ts';

/**
 * What was heard of one life of one author in one tree. Its messages are delivered in the order of their numbers; those
 * that came before their turn are held, for a short while.
 */
export interface Origin {
  readonly node: NodeId;
  readonly incarnation: number;
  /** All numbers up to this one are delivered, or were given up. */
  readonly delivered: number;
  /** The highest number that is known to exist. */
  readonly known: number;
  readonly held: { readonly [number: number]: Kept };
  /** Monotonic milliseconds: when something new was heard of it. */
  readonly heardAt: number;
  /** When what is missing is asked for; null where nothing is. */
  readonly gapAt: number | null;
  /** How often it was asked for. */
  readonly tries: number;
}

export function newOrigin(node: NodeId, incarnation: number, heardAt: number): Origin {
  return { node, incarnation, delivered: 0, known: 0, held: {}, heardAt, gapAt: null, tries: 0 };
}

export function originName(node: NodeId, incarnation: number): string {
  return `${node}/${incarnation}`;
}

export function numberIn(message: Told): number {
  return Number(message.id);
}

export function isNew(origin: Origin, number: number): boolean {
  return number > origin.delivered && origin.held[number] === undefined;
}

/** Holds a message, which must be new. */
export function hold(origin: Origin, kept: Kept, heardAt: number): Origin {
  const number = numberIn(kept.message);
  const held = { ...origin.held, [number]: kept };
  return { ...origin, held, heardAt, known: Math.max(origin.known, number) };
}

/** Something is said to exist. */
export function hearOf(origin: Origin, number: number, heardAt: number): Origin {
  return number <= origin.known ? origin : { ...origin, known: number, heardAt };
}

/** Takes out what may be delivered now: the messages that follow on what was delivered before. */
export function release(origin: Origin): { readonly origin: Origin; readonly ready: readonly Kept[] } {
  let next = origin.held[origin.delivered + 1];
  if (next === undefined) return { origin, ready: [] };
  const held = { ...origin.held };
  const ready: Kept[] = [];
  let { delivered } = origin;
  for (; next !== undefined; next = held[delivered + 1]) {
    delivered += 1;
    delete held[delivered];
    ready.push(next);
  }
  return { origin: { ...origin, held, delivered }, ready };
}

export function isMissing(origin: Origin): boolean {
  return origin.known > origin.delivered;
}

/**
 * What is missing can't be had: the next message held is the next to be delivered. Where none is held, only neighbours
 * said that there is more, and without a message that its author signed that is a rumour: nothing is skipped for it.
 */
export function giveUp(origin: Origin): Origin {
  const numbers = heldNumbers(origin);
  const waived = { ...origin, gapAt: null, tries: 0 };
  return numbers.length === 0
    ? { ...waived, known: origin.delivered }
    : { ...waived, delivered: Math.min(...numbers) - 1 };
}

/**
 * A neighbour is this far, and has what came after `after`. What is older is not for this node, but what it holds is; and
 * what it has delivered before, it does not deliver again.
 */
export function beginAfter(origin: Origin, { after, number }: Pick<Mark, 'after' | 'number'>): Origin {
  const from = Math.min(after, ...heldNumbers(origin).map((one) => one - 1));
  const delivered = Math.max(origin.delivered, from);
  return { ...origin, delivered, known: Math.max(origin.known, number) };
}

/** Too much is held for waiting on. */
export function isOverfull(origin: Origin): boolean {
  return heldNumbers(origin).length > LIMITS.broadcastHeldMax;
}

function heldNumbers(origin: Origin): number[] {
  return Object.keys(origin.held).map(Number);
}
