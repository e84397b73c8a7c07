import { performance } from 'node:perf_hooks';
import type { Collection, Document } from './collection.ts';
import { learn, remembered, trained } from './contestant.ts';

export interface Speed {
  readonly documents: number;
  /** Text in, words indexed; on one core. */
  readonly abstractsPerSecond: number;
  /** With the training of the model and the place of every document in it, on the same core. */
  readonly withModelPerSecond: number;
}

/** How fast one core takes the documents of these collections in. */
export function speed(collections: readonly Collection[]): Speed {
  const documents = collections.flatMap(({ name, documents }) =>
    documents.map((one): Document => ({ ...one, id: `${name}/${one.id}` })),
  );
  const begun = performance.now();
  const [cell] = remembered(documents, 1);
  const indexed = performance.now();
  const model = cell === undefined ? undefined : trained(cell);
  if (cell !== undefined && model !== undefined) learn(cell, model);
  const learnt = performance.now();
  const rate = (ms: number): number => Math.round((1000 * documents.length) / ms);
  return {
    documents: documents.length,
    abstractsPerSecond: rate(indexed - begun),
    withModelPerSecond: rate(learnt - begun),
  };
}
