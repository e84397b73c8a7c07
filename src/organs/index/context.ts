import type { Extractor } from '../../contract/memory.ts';
import type { Ports } from '../../contract/organ.ts';
import type {
  FileCatalogue,
  FileService,
  RegisterService,
  ShardService,
  TreeService,
} from '../../contract/services.ts';
import type { TreeMap } from '../../contract/words.ts';
import type { Memory } from './memory.ts';
import type { Model, Sample } from './model/model.ts';

/** What the organ of one cell and its service share. */
export interface IndexContext {
  readonly tree: TreeService;
  /** Of the cell's own tree: what is said of files, and which models there are. */
  readonly registers: RegisterService;
  readonly catalogue: FileCatalogue;
  readonly files: FileService;
  readonly shards: ShardService;
  readonly ports: Ports;
  readonly extractor: Extractor;
  /** Trains a model beside the event loop. */
  readonly train: (sample: Sample, generation: number) => Promise<Model | undefined>;
  readonly memory: Memory;
}

/** The scope of files that nobody owns. */
export const TISSUE = 'tissue';

/** The slots of the cell's tree; undefined while there is no view. */
export function mapOf({ tree }: IndexContext): TreeMap | undefined {
  return tree.recentViews()[0] === undefined ? undefined : tree.view().trees[tree.tree];
}
