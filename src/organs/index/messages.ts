import { LIMITS } from '../../contract/limits.ts';
import { count, flag, id, listOf, oneOf, shape, text } from '../../contract/schema.ts';
import type { FileId, JsonObject, NodeId } from '../../contract/words.ts';
import type { Concept, Plan } from './query/plan.ts';
import type { Candidate } from './rank/retrieval.ts';
import type { Knowledge } from './search.ts';

/** A question that goes down the tree: a cell answers for its own parts, and for those below it. */
export interface Asked {
  readonly parts: readonly number[];
  readonly below: readonly { readonly node: NodeId; readonly parts: readonly number[] }[];
  readonly deadlineMs: number;
}

/** What comes back up: what was found, and which parts nobody could answer for. */
export interface Answered<T> {
  readonly missing: readonly number[];
  readonly found: T;
}

export interface KnowledgeBody extends Asked {
  readonly scopes: readonly string[];
  readonly concepts: readonly Concept[];
}

export interface CandidatesBody extends Asked {
  readonly plan: Plan;
}

export interface SnippetsBody {
  readonly scopes: readonly string[];
  readonly terms: readonly string[];
  readonly wanted: readonly { readonly id: FileId; readonly edition: string; readonly passage: number }[];
}

export interface StateBody {
  readonly id: FileId;
}

export type KnowledgeAnswer = Answered<Knowledge>;
export type CandidatesAnswer = Answered<readonly Candidate[]>;

const number: JsonObject = { type: 'number' };
const WORD = 256;
const word = text(WORD);
const record = (values: JsonObject): JsonObject => ({ type: 'object', additionalProperties: values });
const scope = text(64);
const scopes = listOf(scope, LIMITS.searchScopesMax);
const part: JsonObject = { type: 'integer', minimum: 0, maximum: LIMITS.memoryParts - 1 };
const parts = listOf(part, LIMITS.memoryParts);
const edition = text(40);

const alternative = shape({ term: word, weight: number, because: oneOf('said', 'typo') });
const concept = { word, weight: number, alternatives: listOf(alternative, 32) };
const filters = shape({
  'types?': listOf(text(16), 64),
  'owners?': listOf(text(64), 64),
  'after?': number,
  'before?': number,
});
const plan = shape({
  concepts: listOf(shape({ ...concept, telling: number }), LIMITS.queryWordsMax),
  without: listOf(word, LIMITS.queryCharactersMax),
  filters,
  scopes,
  fileTerms: number,
  passageTerms: number,
  generations: record(count),
});
const asked = {
  parts,
  below: listOf(shape({ node: id, parts }), LIMITS.upNodesMax * LIMITS.memoryParts),
  deadlineMs: count,
};

/** What peers may send to the index organ. */
export const indexMessages: { readonly [kind: string]: JsonObject } = {
  'index.knowledge': shape({ ...asked, scopes, concepts: listOf(shape(concept), LIMITS.queryWordsMax) }),
  'index.candidates': shape({ ...asked, plan }),
  'index.snippets': shape({
    scopes,
    terms: listOf(word, 32 * LIMITS.queryWordsMax),
    wanted: listOf(shape({ id, edition, passage: count }), LIMITS.searchPageMax),
  }),
  'index.state': shape({ id }),
};

const statistics = shape({
  files: count,
  words: count,
  passages: count,
  terms: record(count),
  near: record(record(shape({ files: count, distance: count }))),
});
const knowledge = shape({
  languages: listOf(text(32), 64),
  statistics,
  generations: record(listOf(count, 16)),
});
const candidate = shape({
  scope,
  id,
  edition,
  shares: shape({ words: number, passage: number, meaning: number }),
  passage: count,
});

/** What they may answer. */
export const indexAnswers: { readonly [kind: string]: JsonObject } = {
  'index.knowledge': shape({ missing: parts, found: knowledge }),
  'index.candidates': shape({ missing: parts, found: listOf(candidate, 4 * LIMITS.candidatesMax) }),
  'index.snippets': shape({ snippets: listOf(shape({ id, snippet: text(2_000) }), LIMITS.searchPageMax) }),
  'index.state': shape({ held: flag, edition, remembered: text(64), cut: flag }),
};
