import type { IndexContext } from './context.ts';
import type { Wave } from './gathering.ts';
import type { CandidatesBody, KnowledgeBody } from './messages.ts';
import { union } from './rank/fusion.ts';
import type { Candidate } from './rank/retrieval.ts';
import { addKnowledge, candidatesOf, type Knowledge, knowledgeOf } from './search.ts';

/** The first movement of a search, in all partitions. */
export function knowledgeWave(
  { memory }: IndexContext,
  { scopes, concepts }: Pick<KnowledgeBody, 'scopes' | 'concepts'>,
): Wave<Knowledge> {
  return {
    kind: 'index.knowledge',
    body: { scopes, concepts },
    own: (parts) => addKnowledge(memory.partitions(parts).map((part) => knowledgeOf(part, scopes, concepts))),
    add: addKnowledge,
  };
}

/** The second one. What can't be among the first any more stays where it is. */
export function candidatesWave(
  { memory }: IndexContext,
  { plan }: Pick<CandidatesBody, 'plan'>,
): Wave<readonly Candidate[]> {
  return {
    kind: 'index.candidates',
    body: { plan },
    own: (parts) => candidatesOf(memory.partitions(parts), plan),
    add: (answers) => union(answers.flat()),
  };
}
