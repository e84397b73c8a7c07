import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Documents, questions, and which of the documents answer which of the questions. */
export interface Collection {
  readonly name: string;
  readonly documents: readonly Document[];
  readonly queries: readonly Query[];
}

export interface Document {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export interface Query {
  readonly id: string;
  readonly text: string;
  /** How well each document that is an answer answers. */
  readonly relevant: ReadonlyMap<string, number>;
}

/** A folder of `docs.jsonl`, `queries.jsonl` and `qrels.tsv`; undefined where it is not there. Only judged queries. */
export function readCollection(folder: string, name: string): Collection | undefined {
  const file = (of: string): string => join(folder, name, of);
  if (!existsSync(file('docs.jsonl'))) return undefined;
  const relevant = new Map<string, Map<string, number>>();
  for (const line of linesOf(file('qrels.tsv')).slice(1)) {
    const [query = '', document = '', grade = ''] = line.split('\t');
    if (Number(grade) <= 0) continue;
    relevant.set(query, (relevant.get(query) ?? new Map<string, number>()).set(document, Number(grade)));
  }
  const queries = linesOf(file('queries.jsonl')).map((line) => JSON.parse(line) as { id: string; text: string });
  return {
    name,
    documents: linesOf(file('docs.jsonl')).map((line) => JSON.parse(line) as Document),
    queries: queries.flatMap(({ id, text }) => {
      const answers = relevant.get(id);
      return answers === undefined ? [] : [{ id, text, relevant: answers }];
    }),
  };
}

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trim().split('\n');

/** A collection among the documents of others. */
export function hidden(collection: Collection, haystack: readonly Collection[]): Collection {
  const others = haystack.flatMap(({ name, documents }) =>
    documents.map((one) => ({ ...one, id: `${name}/${one.id}` })),
  );
  return { ...collection, documents: [...collection.documents, ...others] };
}
