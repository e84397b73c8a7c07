import type { Write } from '../../contract/ports.ts';
import type { Json, Proof, View } from '../../contract/words.ts';
import { logKey, type ReadableStore } from './facts.ts';
import { isJoint } from './raft/index.ts';

/** Proofs under which the voters of before and those of after have signed: what leads from one list to the next. */
const PREFIX = 'link/';

/** Kept for those who come later, while the voters change. */
export function link({ voters, leaving = [], version }: View, proof: Proof): Write[] {
  if (!isJoint({ voters, leaving })) return [];
  return [{ table: 'meta', key: PREFIX + logKey(version), value: proof as unknown as Json }];
}

/** The first such proof after `version`: whoever is there can believe no later one before it. */
export function linkAfter(store: ReadableStore, version: number): Proof | undefined {
  for (const [, proof] of store.range('meta', { prefix: PREFIX, after: PREFIX + logKey(version), limit: 1 }))
    return proof as unknown as Proof;
  return undefined;
}
