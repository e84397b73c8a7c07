import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { compareFence } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import { compareBeats } from './beat.ts';
import { type PulseFacts, type PulseOptions, type PulseStep, stateOf, stay, timeoutOf, withPeer } from './facts.ts';
import type { Status } from './messages.ts';
import { believe, failRound, feel, hear, takePause } from './opinion.ts';
import { growBeat } from './sovereignty.ts';
import { waveOf } from './watch.ts';

/** Rounds that ask relays too; a node that is gone for longer is only probed directly. */
const RELAYED_ROUNDS = 4;
/** How much longer than its own probe a relay may take to say that it failed. */
const RELAY_PATIENCE = 1.5;

const NO_FENCE = { generation: 0, epoch: 0, version: 0 };

export function statusOf(facts: PulseFacts, options: PulseOptions): Status {
  const { generation, epoch, version } = facts.view ?? NO_FENCE;
  // In canonical order: what is written in order needn't be sorted.
  return {
    beat: facts.beat,
    fence: { epoch, generation, version },
    incarnation: options.incarnation,
    returnWithinMs: facts.returnWithinMs,
    state: facts.returnWithinMs > 0 ? 'pausing' : 'live',
  };
}

/** What a probe or an answer to one tells: that its sender lives, what it calls the newest view, and the beat. */
export function learn(
  facts: PulseFacts,
  from: NodeId,
  status: Status,
  options: PulseOptions,
  moment: Moment,
): PulseStep {
  let step = hear(facts, from, status.incarnation, options, moment);
  // Each of these is the exception: most signs of life tell nothing else.
  if (status.state === 'pausing') step = chain(step, (now) => takePause(now, from, status, moment));
  if (isAhead(facts, status)) step = chain(step, (now) => noteFence(now, from, status, options, moment));
  if (compareBeats(status.beat, facts.beat) <= 0) return step;
  return chain(
    step,
    (now) => growBeat(now, status.beat, options, moment),
    (now) => passOn(now, options),
  );
}

function isAhead(facts: PulseFacts, { fence }: Status): boolean {
  return compareFence(fence, facts.view ?? NO_FENCE) > 0;
}

/** A peer with a newer view; said once a round at most, as versions grow with every register that is set. */
function noteFence(
  facts: PulseFacts,
  peer: NodeId,
  { fence }: Status,
  options: PulseOptions,
  moment: Moment,
): PulseStep {
  const { outdated } = facts;
  const said = outdated !== null && moment.monotonic - outdated.at < options.timing.probeEveryMs;
  if (said && fence.generation === outdated.fence.generation) return stay(facts);
  const note: Effect = { effect: 'emit', kind: 'pulse.outdated', body: { peer, fence } };
  return stay({ ...facts, outdated: { at: moment.monotonic, fence } }, note);
}

/** A beat travels down the tree at once: the wave of a beat is at the same time the probe of every edge it crosses. */
export function passOn(facts: PulseFacts, options: PulseOptions): PulseStep {
  let step = stay(facts);
  for (const node of waveOf(facts, options.self)) step = chain(step, (now) => probe(now, node, options));
  return step;
}

/** Probes a node, unless a round is under way already. For a node that isn't watched a failure has no consequence. */
export function probe(facts: PulseFacts, node: NodeId, options: PulseOptions): PulseStep {
  const peer = facts.peers.get(node);
  if (node === options.self || facts.pauses[node] !== undefined || peer?.round) return stay(facts);
  const id = facts.nextRound;
  const ask: Effect = {
    effect: 'ask',
    to: node,
    tree: null,
    kind: 'pulse.probe',
    body: statusOf(facts, options),
    deadlineMs: timeoutOf(facts, options.timing),
    onAnswer: 'pulse.probed',
    tag: { round: id },
  };
  const peers =
    peer === undefined ? facts.peers : facts.peers.set(node, { ...peer, round: { id, waiting: 0, answered: false } });
  return stay({ ...facts, peers, nextRound: id + 1 }, ask);
}

/** The answer to a probe, or that there was none. */
export function takeProbed(facts: PulseFacts, answer: Answer, options: PulseOptions, moment: Moment): PulseStep {
  const { to, outcome } = answer;
  if (outcome.ok) {
    const own = facts.peers.get(to)?.round?.id === roundOf(answer);
    return learn(own ? feel(facts, -1) : facts, to, outcome.body as Status, options, moment);
  }
  const peer = facts.peers.get(to);
  // A member that lost its slots is dead until it is heard, however lively it was a moment ago.
  if (peer === undefined) return facts.departed.includes(to) ? believe(facts, to, 'dead') : stay(facts);
  if (peer.round?.id !== roundOf(answer)) return stay(facts);
  const missed = withPeer(facts, to, { ...peer, missed: peer.missed + 1 });
  const relays = peer.failed < RELAYED_ROUNDS ? pickRelays(facts, to, options, moment) : [];
  if (relays.length === 0) return failRound(missed, to, options, moment);
  return askRelays(missed, to, relays, options);
}

/** Up to three others, chosen at random among those that are held alive. */
function pickRelays(facts: PulseFacts, target: NodeId, options: PulseOptions, moment: Moment): NodeId[] {
  const canRelay = (node: NodeId): boolean =>
    node !== target && node !== options.self && stateOf(facts, node) === 'live' && !facts.peers.get(node)?.missed;
  if (facts.placed.length <= LIMITS.relaysPerProbe * 4) return shuffled(facts.placed.filter(canRelay), moment);
  const relays = new Set<NodeId>();
  for (let i = 0; i < LIMITS.relaysPerProbe * 4 && relays.size < LIMITS.relaysPerProbe; i++) {
    const node = facts.placed[Math.floor(moment.random() * facts.placed.length)];
    if (node !== undefined && canRelay(node)) relays.add(node);
  }
  return [...relays];
}

function shuffled(nodes: NodeId[], moment: Moment): NodeId[] {
  const ranked = nodes.map((node) => ({ node, rank: moment.random() })).sort((a, b) => a.rank - b.rank);
  return ranked.slice(0, LIMITS.relaysPerProbe).map(({ node }) => node);
}

function askRelays(facts: PulseFacts, target: NodeId, relays: readonly NodeId[], options: PulseOptions): PulseStep {
  const peer = facts.peers.get(target);
  if (!peer?.round) return stay(facts);
  const { id } = peer.round;
  const asks = relays.map(
    (to): Effect => ({
      effect: 'ask',
      to,
      tree: null,
      kind: 'pulse.relay',
      body: { target },
      deadlineMs: timeoutOf(facts, options.timing) * RELAY_PATIENCE,
      onAnswer: 'pulse.relayed',
      tag: { round: id, target },
    }),
  );
  const waiting = { ...peer, round: { id, waiting: relays.length, answered: false } };
  return stay(withPeer(facts, target, waiting), ...asks);
}

/**
 * What a relay found. One that reached the node tells that our own way to it is bad. If not even the relays answer, it is
 * we who are deaf; some of them may be silent because they are gone, too.
 */
export function takeRelayed(facts: PulseFacts, answer: Answer, options: PulseOptions, moment: Moment): PulseStep {
  const { outcome } = answer;
  const { target } = answer.tag as { readonly target: NodeId };
  const peer = facts.peers.get(target);
  if (outcome.ok && (outcome.body as { reached: boolean }).reached) {
    return hear(feel(facts, 1), target, peer?.incarnation ?? 0, options, moment);
  }
  if (!peer?.round || peer.round.id !== roundOf(answer)) return stay(facts);
  const waiting = peer.round.waiting - 1;
  const round = { ...peer.round, waiting, answered: peer.round.answered || outcome.ok };
  const next = withPeer(facts, target, { ...peer, round });
  if (waiting > 0) return stay(next);
  return failRound(round.answered ? next : feel(next, 1), target, options, moment);
}

function roundOf(answer: Answer): number | undefined {
  return (answer.tag as { readonly [name: string]: Json } | undefined)?.round as number | undefined;
}

// ---- Probing for others --------------------------------------------------------------------------------------------

/** A peer asks this node to probe another in its place. */
export function takeRelay(facts: PulseFacts, target: NodeId, options: PulseOptions): PulseStep {
  if (facts.relaysOwed >= LIMITS.relaysOwedMax) {
    return stay(facts, { effect: 'refuse', code: 'busy', retryAfterMs: options.timing.probeTimeoutMs });
  }
  if (facts.view?.members[target] === undefined) return stay(facts, { effect: 'refuse', code: 'not-found' });
  const token = `relay/${facts.nextRound}`;
  return stay(
    { ...facts, nextRound: facts.nextRound + 1, relaysOwed: facts.relaysOwed + 1 },
    { effect: 'defer', token },
    {
      effect: 'ask',
      to: target,
      tree: null,
      kind: 'pulse.probe',
      body: statusOf(facts, options),
      deadlineMs: timeoutOf(facts, options.timing),
      onAnswer: 'pulse.probedForPeer',
      tag: { token },
    },
  );
}

export function takeProbedForPeer(facts: PulseFacts, answer: Answer, options: PulseOptions, moment: Moment): PulseStep {
  const { token } = answer.tag as { readonly token: string };
  const { ok } = answer.outcome;
  const reply: Effect = { effect: 'answer', token, outcome: { ok: true, body: { reached: ok } } };
  const paid = stay({ ...facts, relaysOwed: facts.relaysOwed - 1 }, reply);
  if (!answer.outcome.ok) return paid;
  const status = answer.outcome.body as Status;
  return chain(paid, (now) => learn(now, answer.to, status, options, moment));
}
