import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Model, sampleOf, train } from '../../src/organs/index/model/model.ts';
import { decodeModel, encodeModel } from '../../src/organs/index/model/model-bytes.ts';
import { questionOf } from '../../src/organs/index/query/question.ts';
import { fuse } from '../../src/organs/index/rank/fusion.ts';
import type { Way } from '../../src/organs/index/rank/retrieval.ts';
import { localPartitions, search } from '../../src/organs/index/search.ts';
import { Partition } from '../../src/organs/index/store/partition.ts';
import { analyse } from '../../src/organs/index/text/analysis.ts';
import type { Document } from './collection.ts';

/** Something that finds documents. */
export interface Contestant {
  readonly name: string;
  /** Takes the documents in; what it returns answers with ids, the best first. */
  index(documents: readonly Document[]): Promise<(query: string) => Promise<readonly string[]>>;
}

const SCOPE = 'tissue';
const ANSWERS = 100;
/** No query of a collection means when a file was stored: the clock of the run must not decide what it finds. */
const NOW = Date.UTC(2026, 0, 1);

/** What a cell does; its files spread over so many partitions. */
export function ours(partitions = 1): Contestant {
  return {
    name: partitions === 1 ? 'peerMemory' : `peerMemory, ${partitions} cells`,
    index: async (documents) => {
      const cells = remembered(documents, partitions);
      const model = trained(remembered(documents, 1)[0] as Partition);
      if (model !== undefined) {
        for (const cell of cells) learn(cell, model);
      }
      return async (query) => {
        const { ranked } = await search(localPartitions(cells), questionOf(query, NOW), [SCOPE]);
        return ranked.slice(0, ANSWERS).map(({ candidate }) => candidate.id);
      };
    },
  };
}

/** One way of ranking by itself. */
export function alone(way: Way, name: string): Contestant {
  return {
    name,
    index: async (documents) => {
      const cells = remembered(documents, 1);
      return async (query) => {
        const { ranked } = await search(localPartitions(cells), questionOf(query, NOW), [SCOPE]);
        const candidates = fuse(ranked.map(({ candidate }) => candidate)).map(({ candidate }) => candidate);
        candidates.sort((a, b) => b.shares[way] - a.shares[way]);
        return candidates.slice(0, ANSWERS).map(({ id }) => id);
      };
    },
  };
}

/** As it is once it was published. */
export function trained(cell: Partition): Model | undefined {
  const model = train(sampleOf([cell.shelf(SCOPE).index]), 1);
  return model === undefined ? undefined : decodeModel(encodeModel(model));
}

export function remembered(documents: readonly Document[], partitions: number): Partition[] {
  const cells = Array.from({ length: partitions }, () => new Partition());
  for (const [i, { id, title, text }] of documents.entries()) {
    const label = { id, name: title, edition: '1', type: 'txt', owner: '', storedAt: 0 };
    cells[i % partitions]?.remember(SCOPE, label, analyse({ about: title, text }));
  }
  return cells;
}

/** Takes a model over and places every file in it, as a cell does before it answers by it. */
export function learn(cell: Partition, model: Model): void {
  cell.adopt(SCOPE, model);
  const { index, meanings } = cell.shelf(SCOPE);
  for (const [place, entry] of index.entries()) meanings.sections(model, place, entry, index);
}

/** The contestants of bench/peers, where these are installed. */
export async function peers(): Promise<readonly Contestant[]> {
  const folder = fileURLToPath(new URL('../peers/', import.meta.url));
  if (!existsSync(`${folder}node_modules/minisearch`)) return [];
  const { contestants } = (await import(`${folder}search.mjs`)) as { contestants: readonly Contestant[] };
  return contestants;
}
