import type { LogRecord } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId, Proof } from '../../contract/words.ts';
import { type ConsensusFacts, type ConsensusStep, flushedAt, only } from './facts.ts';
import { fitting } from './records.ts';
import { answerWaiting, expire, liveNodes } from './waiting.ts';

/** Pushed records beyond it are left for the receiver to fetch in pages. */
const PUSH_BYTES_MAX = LIMITS.messageBytesMax / 2;

/** After so many milliseconds without an answer a push is made again. */
export const PUSH_RETRY_MS = 250;

/** How many nodes besides the leader are pushed every entry: the lowest live slots, from which later voters come. */
const REPLICAS = 4;

function replicas(facts: ConsensusFacts, self: NodeId): NodeId[] {
  return liveNodes(facts)
    .filter((node) => node !== self)
    .slice(0, REPLICAS);
}

/**
 * Tells what was just committed: to the replicas one push at a time, so that none overtakes another and what gathers
 * meanwhile travels in the next one; to the children without waiting, for they hand it on.
 */
export function push(
  facts: ConsensusFacts,
  records: readonly LogRecord[],
  self: NodeId,
  moment: Moment,
): ConsensusStep {
  const first = replicas(facts, self);
  const free = first.filter((node) => !isUnderWay(facts, node, moment));
  const children = [...new Set(Object.values(facts.edges).flat())].filter(
    (node) => node !== self && !first.includes(node),
  );
  const tell = (to: NodeId): Effect => ({
    effect: 'tell',
    to,
    tree: null,
    kind: 'consensus.append',
    body: bodyFor(facts, records),
  });
  return chain(
    expire(facts, moment),
    (now) => pushTo(now, free, moment),
    (now) => only(now, ...children.map(tell)),
    (now) => only(now, ...retry(now)),
  );
}

/** While answers wait for copies: the replicas that have not said so are asked again. */
export function pushAgain(facts: ConsensusFacts, self: NodeId, moment: Moment): ConsensusStep {
  return chain(
    expire(facts, moment),
    (now) => {
      const behind = replicas(now, self).filter((node) => !isUnderWay(now, node, moment) && lags(now, node));
      return now.waiting.length === 0 ? only(now) : pushTo(now, behind, moment);
    },
    (now) => only(now, ...retry(now)),
  );
}

/** A replica said how far its log is on its disk, or gave no answer. */
export function flushed(facts: ConsensusFacts, { to, outcome }: Answer, moment: Moment): ConsensusStep {
  const { [to]: _, ...pushing } = facts.pushing;
  const free = { ...facts, pushing };
  if (!outcome.ok) return only(free);
  // Nobody has more than was committed, whatever it says.
  const version = Math.min((outcome.body as { version: number }).version, facts.proof?.version ?? 0);
  const before = facts.flushed[to] ?? -1;
  return chain(answerWaiting({ ...free, flushed: { ...free.flushed, [to]: version } }), (now) =>
    version > before && lags(now, to) ? pushTo(now, [to], moment) : only(now),
  );
}

function isUnderWay(facts: ConsensusFacts, node: NodeId, moment: Moment): boolean {
  const since = facts.pushing[node];
  return since !== undefined && moment.monotonic < since + PUSH_RETRY_MS;
}

function lags(facts: ConsensusFacts, node: NodeId): boolean {
  return (facts.flushed[node] ?? 0) < (facts.proof?.version ?? 0);
}

function retry(facts: ConsensusFacts): Effect[] {
  const owes = facts.waiting.some(({ needs }) => needs === 'copies');
  return owes ? [{ effect: 'timer', name: 'consensus.pushAgain', afterMs: PUSH_RETRY_MS }] : [];
}

function pushTo(facts: ConsensusFacts, nodes: readonly NodeId[], moment: Moment): ConsensusStep {
  if (facts.proof === null || nodes.length === 0) return only(facts);
  const pushing = { ...facts.pushing };
  for (const node of nodes) pushing[node] = moment.monotonic;
  const asks = nodes.map(
    (to): Effect => ({
      effect: 'ask',
      to,
      tree: null,
      kind: 'consensus.append',
      body: bodyFor(facts, lacking(facts, to)),
      deadlineMs: LIMITS.askDeadlineMs,
      onAnswer: 'consensus.flushed',
    }),
  );
  return only({ ...facts, pushing }, ...asks);
}

/**
 * What a node has not flushed yet, where all of it is at hand; with one that has said nothing the newest is tried. A voter
 * has the records already: it lacks their proof.
 */
function lacking(facts: ConsensusFacts, node: NodeId): readonly LogRecord[] {
  if (flushedAt(facts, node) >= (facts.proof?.version ?? 0)) return [];
  const version = facts.flushed[node];
  if (version === undefined) return facts.recent.slice(-1);
  const records = facts.recent.filter((record) => record.index > version);
  return records[0]?.index === version + 1 ? records : [];
}

/** The proof alone where the records are too many: the receiver sees the gap and fetches them. */
function bodyFor(facts: ConsensusFacts, records: readonly LogRecord[]): Json {
  const fits = fitting(records, PUSH_BYTES_MAX);
  const body: { records: readonly LogRecord[]; proof: Proof | null } = {
    records: fits.length === records.length ? fits : [],
    proof: facts.proof,
  };
  return body as unknown as Json;
}
