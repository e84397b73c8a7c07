import { type Concept, conceptsOf, type Plan, planOf, withTypos } from './query/plan.ts';
import type { Question } from './query/question.ts';
import { addStatistics, languagesOf, NO_STATISTICS, own, type Statistics, statisticsOf } from './query/statistics.ts';
import { fuse, type Ranked } from './rank/fusion.ts';
import { type Candidate, retrieve } from './rank/retrieval.ts';
import type { Partition } from './store/partition.ts';
import type { Language } from './text/languages.ts';
import { stemOf } from './text/stemming.ts';
import { wordsOf } from './text/words.ts';

/**
 * A search in three movements: what the partitions know of the words, which of their files may be answers, and in what
 * order these are. Asked of one partition or of many, the numbers are the same.
 */

/** What a partition says first. */
export interface Knowledge {
  readonly languages: readonly Language[];
  readonly statistics: Statistics;
  /** By scope: the generations of its model that every partition with files of it has. */
  readonly generations: { readonly [scope: string]: readonly number[] };
}

/** The partitions that hold a query's files, however they are reached. */
export interface Partitions {
  knowledge(scopes: readonly string[], concepts: readonly Concept[]): Promise<Knowledge>;
  candidates(plan: Plan): Promise<readonly Candidate[]>;
}

export interface Found {
  readonly plan: Plan;
  /** All that were considered, the best first. */
  readonly ranked: readonly Ranked[];
}

/** How often the words are read anew because partitions turn out to have files in other languages. */
const READINGS_MAX = 3;

export async function search(partitions: Partitions, question: Question, scopes: readonly string[]): Promise<Found> {
  let languages: readonly Language[] = [];
  let concepts = conceptsOf(question.about, languages);
  let knowledge = await partitions.knowledge(scopes, concepts);
  for (let reading = 1; reading < READINGS_MAX && !sameList(knowledge.languages, languages); reading++) {
    languages = knowledge.languages;
    concepts = conceptsOf(question.about, languages);
    knowledge = await partitions.knowledge(scopes, concepts);
  }
  const meant = withTypos(concepts, knowledge.statistics);
  const statistics = withNear(knowledge.statistics, meant);
  const plan = planOf(meant, statistics, {
    without: termsWithout(question.without, languages),
    filters: question.filters,
    scopes,
    generations: newest(knowledge.generations),
  });
  return { plan, ranked: fuse(await partitions.candidates(plan)) };
}

const sameList = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();

/** The terms that stand in for a mistyped word are counted as those that were asked for. */
function withNear(statistics: Statistics, concepts: readonly Concept[]): Statistics {
  const terms: Record<string, number> = { ...statistics.terms };
  for (const { word, alternatives } of concepts) {
    for (const { term, because } of alternatives) {
      if (because === 'typo') terms[term] = own(own(statistics.near, word) ?? {}, term)?.files ?? 0;
    }
  }
  return { ...statistics, terms };
}

function termsWithout(without: readonly string[], languages: readonly Language[]): string[] {
  const words = without.flatMap((phrase) => wordsOf(phrase).map((word) => word.text));
  return [
    ...new Set(
      words.flatMap((word) => (languages.length > 0 ? languages : ['english' as const]).map((of) => stemOf(word, of))),
    ),
  ];
}

/** One generation a scope: vectors of two can't be compared. */
function newest(generations: Knowledge['generations']): Plan['generations'] {
  const known = Object.entries(generations).filter(([, list]) => list.length > 0);
  return Object.fromEntries(known.map(([scope, list]) => [scope, Math.max(...list)]));
}

/** What one partition answers to both questions. */
export function knowledgeOf(partition: Partition, scopes: readonly string[], concepts: readonly Concept[]): Knowledge {
  const shelves = partition.shelves(scopes).filter(({ index }) => index.size > 0);
  const indexes = shelves.map(({ index }) => index);
  return {
    languages: languagesOf(indexes),
    statistics: statisticsOf(indexes, concepts),
    generations: Object.fromEntries(shelves.map(({ scope, meanings }) => [scope, meanings.generations])),
  };
}

export function candidatesOf(partitions: readonly Partition[], plan: Plan): Candidate[] {
  return retrieve(
    partitions.flatMap((partition) => partition.shelves(plan.scopes)),
    plan,
  );
}

/** Several partitions as if they were one. */
export function addKnowledge(parts: readonly Knowledge[]): Knowledge {
  return {
    languages: [...new Set(parts.flatMap(({ languages }) => languages))].sort(),
    statistics: parts.map(({ statistics }) => statistics).reduce(addStatistics, NO_STATISTICS),
    generations: parts.map(({ generations }) => generations).reduce(inBoth, {}),
  };
}

function inBoth(a: Knowledge['generations'], b: Knowledge['generations']): Knowledge['generations'] {
  const both = Object.entries(b).map(([scope, list]) => {
    const other = own(a, scope);
    return [scope, other === undefined ? list : list.filter((generation) => other.includes(generation))] as const;
  });
  return { ...a, ...Object.fromEntries(both) };
}

/** Partitions of this process. */
export function localPartitions(partitions: readonly Partition[]): Partitions {
  return {
    knowledge: async (scopes, concepts) => addKnowledge(partitions.map((one) => knowledgeOf(one, scopes, concepts))),
    candidates: async (plan) => partitions.flatMap((one) => candidatesOf([one], plan)),
  };
}
