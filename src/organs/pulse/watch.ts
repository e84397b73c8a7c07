import { Directory } from '../../contract/directory.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Moment } from '../../contract/organ.ts';
import { childSlots, nearestLive, observersOf, occupantOf, placedNodes, slotOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId, View } from '../../contract/words.ts';
import { aliveIn, type Peer, type PulseFacts, type PulseOptions, type PulseStep, stateOf, stay } from './facts.ts';
import { believe } from './opinion.ts';

/** A newer view: who has a place, whom this node watches, and who has lost its slots. */
export function takeView(facts: PulseFacts, view: View, options: PulseOptions, moment: Moment): PulseStep {
  const { view: before } = facts;
  // Most views only set registers.
  const same =
    before !== null && before.trees === view.trees && before.members === view.members && before.voters === view.voters;
  if (same) return stay({ ...facts, view });
  const placed = [...placedNodes(view)];
  const next: PulseFacts = {
    ...facts,
    view,
    placed,
    watched: observersOf(view, options.self),
    departed: departedOf(view, placed, options.self),
  };
  return chain(judgePlaces(next, facts.placed), (now) => stay(track(now, options, moment)));
}

/** Members without a slot, in an order that differs from node to node no more than their maps do. */
function departedOf(view: View, placed: readonly NodeId[], self: NodeId): NodeId[] {
  const home = new Set(placed);
  const away = Object.values(view.members).filter(({ node, revoked }) => !revoked && !home.has(node) && node !== self);
  return away.slice(0, LIMITS.membersDepartedProbed).map(({ node }) => node);
}

/** Who lost its slots is dead until it is heard; who got slots is live until it is silent. */
function judgePlaces(facts: PulseFacts, before: readonly NodeId[]): PulseStep {
  const was = new Set(before);
  const is = new Set(facts.placed);
  let step = stay(facts);
  const judge = (node: NodeId, state: 'live' | 'dead'): void => {
    step = chain(step, (now) => believe(now, node, state));
  };
  for (const node of facts.placed) if (!was.has(node) && facts.opinions[node] === 'dead') judge(node, 'live');
  for (const node of before) if (!is.has(node)) judge(node, 'dead');
  for (const node of facts.departed) if (before.length === 0) judge(node, 'dead');
  const { view } = facts;
  const known = Object.entries(step.facts.opinions).filter(([node]) => view?.members[node] !== undefined);
  return { ...step, facts: { ...step.facts, opinions: Object.fromEntries(known) } };
}

/**
 * Brings `peers` in line with who is to be probed: the watched, a suspect until its fate is known, at the leader the
 * observers of suspects (where they are gone themselves, nobody else can tell), and without a leader the voters.
 */
export function track(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseFacts {
  const wanted = tracked(facts, options.self);
  const peers: [NodeId, Peer][] = [];
  for (const node of wanted) peers.push([node, facts.peers.get(node) ?? newPeer(facts, node, options, moment)]);
  return { ...facts, peers: Directory.of(peers) };
}

function tracked(facts: PulseFacts, self: NodeId): Set<NodeId> {
  const { view } = facts;
  const wanted = new Set(facts.watched);
  if (view === null) return wanted;
  for (const node of suspectsOf(facts)) wanted.add(node);
  if (facts.leader === self) {
    for (const suspect of suspectsOf(facts)) for (const observer of observersOf(view, suspect)) wanted.add(observer);
  }
  if (!facts.sovereign) for (const voter of view.voters) wanted.add(voter);
  wanted.delete(self);
  return wanted;
}

/** Nodes with a slot that this node suspects, or was alerted about. */
export function suspectsOf(facts: PulseFacts): Set<NodeId> {
  const suspected = Object.values(facts.opinions).includes('suspect');
  const own = suspected ? facts.placed.filter((node) => facts.opinions[node] === 'suspect') : [];
  return new Set([...own, ...Object.keys(facts.alerts)]);
}

/**
 * Due within one round, so that the probes of a node that has just learnt a whole view don't leave all at once; but a node
 * that the leader was alerted about is probed at once.
 */
function newPeer(facts: PulseFacts, node: NodeId, options: PulseOptions, moment: Moment): Peer {
  const delayMs = facts.alerts[node] === undefined ? options.timing.probeEveryMs * moment.random() : 0;
  return {
    heardAt: null,
    dueAt: facts.pauses[node]?.until ?? moment.monotonic + delayMs,
    incarnation: facts.view?.members[node]?.incarnation ?? 0,
    missed: 0,
    failed: 0,
    round: null,
    alertAt: stateOf(facts, node) === 'suspect' ? moment.monotonic + options.timing.suspectHoldMs : null,
  };
}

/** Whom a beat is passed on to: the nearest live cells below in the first genome's tree; a leader elsewhere starts at its root. */
export function waveOf(facts: PulseFacts, self: NodeId): NodeId[] {
  const { view } = facts;
  const [first] = view?.genomes ?? [];
  const map = Object.values(view?.trees ?? {}).find(({ genome }) => genome === first);
  if (map === undefined) return [];
  const slot = slotOf(map, self);
  const below = slot === 0 ? [] : childSlots(slot, map.fanout, map.slots.length);
  const starts = facts.leader === self && slot !== 1 ? [1, ...below] : below;
  const slots = nearestLive(map, starts, (node) => aliveIn(facts, node), LIMITS.waveSlotsMax);
  return slots.flatMap((at) => occupantOf(map, at)?.node ?? []).filter((node) => node !== self);
}
