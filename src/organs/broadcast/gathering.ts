import { LIMITS } from '../../contract/limits.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId } from '../../contract/words.ts';
import { type BroadcastFacts, type BroadcastStep, laneOf, stay, withGather, withLane } from './facts.ts';
import type { Tally, Told } from './messages.ts';
import { numberIn } from './origin.ts';
import { findPublication, progress } from './publication.ts';

/** A message on its way down from here, whose cells are counted. Kept for a while after, for those who ask again. */
export interface Gather {
  readonly what: Omit<Tally, 'count'>;
  /** To whom the count goes; null where this node is the top, and its own publication is what is counted. */
  readonly towards: NodeId | null;
  readonly count: number;
  /** Those whose counts are to come. */
  readonly open: readonly NodeId[];
  readonly isOver: boolean;
  /** When the count is told as it stands, monotonic milliseconds. */
  readonly dueAt: number;
}

export function nameOf({ tree, kind, author, id }: Told): string {
  return nameIn({ tree, kind, origin: author.node, incarnation: author.incarnation, number: Number(id) });
}

function nameIn({ tree, kind, origin, incarnation, number }: Omit<Tally, 'count'>): string {
  return `${origin}/${incarnation}/${number}/${kind}/${tree}`;
}

export function whatOf(message: Told): Omit<Tally, 'count'> {
  const { tree, kind, author } = message;
  return { tree, kind, origin: author.node, incarnation: author.incarnation, number: numberIn(message) };
}

export function mayGather(facts: BroadcastFacts): boolean {
  return facts.gathers.size < LIMITS.broadcastGathersMax;
}

/** This cell has it; those named are to say how many have it by them. */
export function gather(
  facts: BroadcastFacts,
  message: Told,
  towards: NodeId | null,
  open: readonly NodeId[],
  dueAt: number,
): BroadcastStep {
  const what = whatOf(message);
  const name = nameIn(what);
  const one: Gather = { what, towards, count: 1, open, isOver: false, dueAt };
  const next = withGather(facts, name, one);
  return open.length === 0 ? finish(next, name) : stay(next);
}

/** One more that counts for a message, such as one that is served in the place of another. */
export function expectFrom(facts: BroadcastFacts, name: string, nodes: readonly NodeId[]): BroadcastFacts {
  const one = facts.gathers.get(name);
  if (one === undefined || one.isOver) return facts;
  const open = [...new Set([...one.open, ...nodes])];
  return withGather(facts, name, { ...one, open });
}

/** A node of those that are waited for has said its count, or won't. */
export function closeFor(facts: BroadcastFacts, name: string, node: NodeId, count: number): BroadcastStep {
  const one = facts.gathers.get(name);
  if (one === undefined || one.isOver || !one.open.includes(node)) return stay(facts);
  const open = one.open.filter((other) => other !== node);
  const next = withGather(facts, name, { ...one, open, count: one.count + count });
  return open.length === 0 ? finish(next, name) : stay(next);
}

/** A count from below, or that of this node's own message from the top. */
export function takeTally(facts: BroadcastFacts, from: NodeId, tally: Tally, self: NodeId): BroadcastStep {
  const { count, ...what } = tally;
  const name = nameIn(what);
  if (facts.gathers.get(name)?.open.includes(from) === true) return closeFor(facts, name, from, count);
  if (what.origin !== self) return stay(facts);
  const { tree, kind, number } = what;
  const token = findPublication(
    facts,
    (one) => one.via === from && one.tree === tree && one.kind === kind && one.number === number,
  );
  return token === undefined ? stay(facts) : progress(facts, token, { confirmed: count });
}

/** What is due is told as it stands, and forgotten. */
export function hurryGathers(facts: BroadcastFacts, now: number): BroadcastStep {
  let step = stay(facts);
  for (const [name, { dueAt, isOver }] of facts.gathers) {
    if (dueAt > now) continue;
    if (!isOver) step = chain(step, (next) => finish(next, name));
    const gathers = new Map(step.facts.gathers);
    gathers.delete(name);
    step = { ...step, facts: { ...step.facts, gathers } };
  }
  return step;
}

/** When the gathers need attention next; Infinity where there are none. */
export function gathersDueAt(facts: BroadcastFacts): number {
  let due = Number.POSITIVE_INFINITY;
  for (const { dueAt } of facts.gathers.values()) due = Math.min(due, dueAt);
  return due;
}

function finish(facts: BroadcastFacts, name: string): BroadcastStep {
  const one = facts.gathers.get(name);
  if (one === undefined) return stay(facts);
  const { towards, what, count, dueAt } = one;
  const over = withGather(facts, name, { ...one, isOver: true });
  if (towards !== null) return stay(owing(over, towards, { ...what, count }, dueAt));
  const { tree, kind, number } = what;
  const token = findPublication(over, (one) => one.tree === tree && one.kind === kind && one.number === number);
  return token === undefined ? stay(over) : progress(over, token, { confirmed: count });
}

/** Has a count told to the one above, with whatever else goes there. */
function owing(facts: BroadcastFacts, to: NodeId, tally: Tally, dueAt: number): BroadcastFacts {
  const lane = laneOf(facts, to);
  const until = dueAt + LIMITS.broadcastMarginMs;
  const tallies = [...lane.tallies.slice(-LIMITS.broadcastLaneMax), { ...tally, until }];
  return withLane(facts, to, { ...lane, tallies });
}
