import type { MeaningIndex } from '../model/meaning-index.ts';
import type { ScopeIndex } from './scope-index.ts';

/** One scope's part of what a node remembers. */
export interface Shelf {
  readonly scope: string;
  readonly index: ScopeIndex;
  readonly meanings: MeaningIndex;
}
