import type { LogRecord } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import { adopt, type FollowingOptions } from './adopting.ts';
import { fetch } from './catching-up.ts';
import { type AppendBody, type ConsensusFacts, type ConsensusStep, only } from './facts.ts';
import { convict, refusalOf } from './forking.ts';
import { fitting } from './records.ts';
import { recordsFrom } from './roles.ts';

/** Beyond it the proof alone is handed on, and the receiver fetches what it lacks. */
const HAND_ON_BYTES_MAX = LIMITS.messageBytesMax / 2;

const WHY_NOT = {
  unproven: 'the voters do not vouch for these records',
  malformed: 'the records hold what no node can apply',
} as const;

/** Records and their proof from the leader or from the parent of an edge; answered with how far this node's disk is. */
export function takeAppend(
  facts: ConsensusFacts,
  from: NodeId,
  body: AppendBody,
  options: FollowingOptions,
): ConsensusStep {
  const step = adopt(facts, body.records, body.proof, options);
  if (step === 'gap') return chain(howFar(facts), (now) => fetch(now, from));
  if (step === 'forked') return chain(only(facts, refusalOf(facts)), (now) => convict(now, body.proof));
  if (typeof step === 'string') return only(facts, { effect: 'refuse', code: step, detail: WHY_NOT[step] });
  // Only what was news here is handed on: an entry crosses each edge once, and edges of several trees may form a ring.
  const isNews = step.facts.view !== facts.view;
  return chain(step, howFar, (now) =>
    isNews ? handOn(now, from, { ...body, records: recordsOf(facts, body, options) }) : only(now),
  );
}

/** A voter is told the proof alone of what it has already; whoever hears of it from here needs the rest, too. */
function recordsOf(
  before: ConsensusFacts,
  { records, proof }: AppendBody,
  { store }: FollowingOptions,
): readonly LogRecord[] {
  if (records.length > 0) return records;
  const own = recordsFrom(before, before.view?.version ?? 0, store).filter(({ index }) => index <= proof.version);
  const fits = fitting(own, HAND_ON_BYTES_MAX);
  return fits.length === own.length ? own : [];
}

function howFar(facts: ConsensusFacts): ConsensusStep {
  return only(facts, { effect: 'reply', body: { version: facts.view?.version ?? 0 } });
}

function handOn(facts: ConsensusFacts, from: NodeId, body: AppendBody): ConsensusStep {
  const children = new Set(Object.values(facts.edges).flat());
  children.delete(from);
  const tell = (to: NodeId): Effect => ({
    effect: 'tell',
    to,
    tree: null,
    kind: 'consensus.append',
    body: body as unknown as Json,
  });
  return only(facts, ...[...children].map(tell));
}
