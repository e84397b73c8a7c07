import type { Extractor, MemoryService } from '../../contract/memory.ts';
import type { Organ, Ports } from '../../contract/organ.ts';
import type {
  FileCatalogue,
  FileService,
  RegisterService,
  ShardService,
  TreeService,
} from '../../contract/services.ts';
import { Backlog } from './backlog.ts';
import type { IndexContext } from './context.ts';
import { Memory } from './memory.ts';
import { type Model, type Sample, train as trainHere } from './model/model.ts';
import { createIndexOrgan, type IndexFacts } from './organ.ts';
import { Reader } from './reader.ts';
import { createMemoryService } from './service.ts';

export type { Model, Sample } from './model/model.ts';
export { train } from './model/model.ts';
export type { IndexFacts } from './organ.ts';

export interface IndexOptions {
  readonly tree: TreeService;
  /** Of the cell's own tree. */
  readonly registers: RegisterService;
  /** The files that are remembered. */
  readonly catalogue: FileCatalogue;
  readonly files: FileService;
  /** Where models are kept. */
  readonly shards: ShardService;
  readonly ports: Ports;
  readonly extractor: Extractor;
  /** @default on the event loop, which takes seconds for thousands of files */
  readonly train?: (sample: Sample, generation: number) => Promise<Model | undefined>;
}

export interface Index {
  readonly organ: Organ<IndexFacts>;
  readonly service: MemoryService;
}

/**
 * The memory of one cell: `organ` reads files and answers for its parts, `service` finds files by describing them.
 *
 * @example
 * const { organ, service } = createIndex({ tree, registers, catalogue, files, shards, ports, extractor })
 * cell.start([organ])
 * const { results } = await service.search({ q: 'the contract about the boat' })
 */
export function createIndex({
  train = async (sample, generation) => trainHere(sample, generation),
  ...options
}: IndexOptions): Index {
  const context: IndexContext = { ...options, train, memory: new Memory() };
  const parts = { reader: new Reader(context), backlog: new Backlog() };
  return { organ: createIndexOrgan(context, parts), service: createMemoryService(context) };
}
