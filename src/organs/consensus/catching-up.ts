import type { LogRecord } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Answer } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Descent, Json, NodeId, Proof } from '../../contract/words.ts';
import { adopt, type FollowingOptions, provenBase } from './adopting.ts';
import {
  type AppendBody,
  type ConsensusFacts,
  type ConsensusStep,
  type Gathering,
  leaderOf,
  logKey,
  only,
  type ReadableStore,
} from './facts.ts';
import { linkAfter } from './links.ts';
import { fitting } from './records.ts';
import { ancestorOf, promotionIn, sharedUpTo } from './succession.ts';

/** Bytes of records in one answer, so that it fits a frame beside other messages. */
const PAGE_BYTES_MAX = LIMITS.messageBytesMax / 2;

/** Asks a peer that is ahead for what is missing here; one at a time, the leader before any other. */
export function fetch(facts: ConsensusFacts, peer: NodeId): ConsensusStep {
  const { gathering } = facts;
  if (gathering !== null && (gathering.peer === peer || peer !== leaderOf(facts))) return { facts };
  return ask(facts, { peer, pages: [], after: facts.view?.version ?? 0, lineage: facts.view?.lineage ?? [] });
}

function ask(facts: ConsensusFacts, gathering: Gathering): ConsensusStep {
  const { peer, after, lineage } = gathering;
  return only(
    { ...facts, gathering },
    {
      effect: 'ask',
      to: peer,
      tree: null,
      kind: 'consensus.fetch',
      body: { after, lineage: lineage as unknown as Json, generation: facts.view?.generation ?? 0 },
      deadlineMs: LIMITS.askDeadlineMs,
      onAnswer: 'consensus.fetched',
      tag: after,
    },
  );
}

/** What a peer asks for. `generation` is that of its view: 0 for none. */
export interface Wanted {
  readonly after: number;
  readonly lineage?: readonly Descent[];
  readonly generation?: number;
}

/** Of an organism that nobody has promoted yet. */
const FIRST = 1;

/**
 * One page of this node's log, for a peer that catches up: up to the next change of voters, if there is one on the way. Who
 * comes from another generation gets it from where the two logs part.
 */
export function page(
  facts: ConsensusFacts,
  { after: asked, lineage = [], generation = 0 }: Wanted,
  store: ReadableStore,
): ConsensusStep {
  const mine = facts.view?.lineage ?? [];
  const after = Math.min(asked, sharedUpTo(mine, lineage));
  // Whom another promotion has made follow another log believes only a later one.
  const isOfAnother = generation > FIRST && !mine.some((descent) => descent.generation === generation);
  const proof = linkAfter(store, after, isOfAnother ? generation : 0) ?? facts.proof;
  if (proof === null) return only(facts, { effect: 'refuse', code: 'starting' });
  const stored = [...store.range('log', { after: logKey(after), limit: LIMITS.logPageEntries })];
  const proven = stored.map(([, value]) => value as unknown as LogRecord).filter(({ index }) => index <= proof.version);
  const records = fitting(proven, PAGE_BYTES_MAX);
  return only(facts, { effect: 'reply', body: { records, proof } as unknown as Json });
}

/** A page arrived: the next one is asked for until the proof covers what was gathered. */
export function takePage(facts: ConsensusFacts, answer: Answer, options: FollowingOptions): ConsensusStep {
  const { gathering } = facts;
  if (gathering === null || gathering.peer !== answer.to || gathering.after !== answer.tag) return { facts };
  const idle = { ...facts, gathering: null };
  if (!answer.outcome.ok) return { facts: idle };
  const { records, proof } = answer.outcome.body as unknown as AppendBody;
  const pages = [...gathering.pages, records];
  const first = pages[0]?.[0];
  const last = records.at(-1);
  // An empty page while the proof is ahead means that the peer's disk is not there yet: the next probe asks again.
  if (first === undefined || last === undefined || !follows(records, startOf(gathering, first))) return { facts: idle };
  if (last.index - first.index >= LIMITS.logGatherMax) return { facts: idle };
  // Nothing is gathered on the word of a peer alone: each page comes with a proof of how far the log really goes.
  if (!isWorthGathering(facts, pages.flat(), proof, options)) return { facts: idle };
  if (last.index < proof.version) {
    const lineage = descended(gathering.lineage, records);
    return ask(facts, { ...gathering, pages, after: last.index, lineage });
  }
  const step = adopt(idle, pages.flat(), proof, options);
  return typeof step === 'string' ? { facts: idle } : chain(step, (now) => fetchMore(now, answer.to));
}

/** A later generation may part from this node's log before its end. */
function startOf({ after, pages }: Gathering, first: LogRecord): number {
  return pages.length === 0 ? Math.min(after, first.index - 1) : after;
}

function isWorthGathering(
  facts: ConsensusFacts,
  records: readonly LogRecord[],
  proof: Proof,
  options: FollowingOptions,
): boolean {
  if (facts.view !== null && proof.generation > facts.view.generation)
    // Until the promotion is among them nobody can tell: `logGatherMax` is the bound.
    return promotionIn(facts, records) === undefined || typeof ancestorOf(facts, records, proof, options) !== 'string';
  return typeof provenBase(facts, records[0], proof, options.verify) !== 'string';
}

/** Of what was gathered so far: what was there before it, and the promotion where it has come to that. */
function descended(lineage: readonly Descent[], records: readonly LogRecord[]): readonly Descent[] {
  const begun = records.find(({ entry }) => entry.type === 'PROMOTE');
  const before = lineage.filter(({ version }) => version < (records[0]?.index ?? 0));
  return begun === undefined ? before : [...before, { generation: begun.generation, version: begun.index }];
}

function follows(records: readonly LogRecord[], after: number): boolean {
  return records.every(({ index }, offset) => index === after + 1 + offset);
}

/** Somebody waits for a version that the leader has committed meanwhile. */
function fetchMore(facts: ConsensusFacts, peer: NodeId): ConsensusStep {
  const have = facts.view?.version ?? 0;
  // A log that ends in the middle of a change of voters goes on, most likely.
  if ((facts.view?.leaving ?? []).length > 0) return fetch(facts, peer);
  const wanted = facts.waiting.some(({ needs, version }) => needs === 'local' && version > have);
  return wanted ? fetch(facts, leaderOf(facts) ?? peer) : only(facts);
}
