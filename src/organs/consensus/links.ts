import type { Write } from '../../contract/ports.ts';
import type { Json, Proof, View } from '../../contract/words.ts';
import { logKey, type ReadableStore } from './facts.ts';
import { isJoint } from './raft/index.ts';

/**
 * Proofs under which the voters of before and those of after have signed, or by which a generation ends or begins: what
 * leads from one list to the next. There is one for each change of voters, and like the log itself they are kept for good:
 * a newcomer believes nobody but the founder at first, and is led over all of them.
 */
const PREFIX = 'link/';

/** Kept for those who come later, where the voters change, or the generation has. */
export function link(previous: View | null, view: View, proof: Proof): Write[] {
  const { voters, leaving = [], generation } = view;
  const isNewGeneration = previous !== null && previous.generation !== generation;
  return isJoint({ voters, leaving }) || isNewGeneration ? [linkWrite(view, proof)] : [];
}

export function linkWrite({ version }: Pick<View, 'version'>, proof: Proof): Write {
  return { table: 'meta', key: PREFIX + logKey(version), value: proof as unknown as Json };
}

/**
 * The first such proof after `version`: whoever is there can believe no later one before it.
 *
 * @param beyond only one of a later generation
 */
export function linkAfter(store: ReadableStore, version: number, beyond: number): Proof | undefined {
  for (const [, value] of store.range('meta', { prefix: PREFIX, after: PREFIX + logKey(version) })) {
    const proof = value as unknown as Proof;
    if (proof.generation > beyond) return proof;
  }
  return undefined;
}

/** Those after `version` are void: the log goes on otherwise from there. */
export function withoutLinksAfter(store: ReadableStore, version: number): Write[] {
  const later = [...store.range('meta', { prefix: PREFIX, after: PREFIX + logKey(version) })];
  return later.map(([key]) => ({ table: 'meta', key, remove: true }));
}
