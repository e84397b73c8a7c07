import { entity } from './entity.ts';
import { files } from './files.ts';
import type { OrganKind } from './kind.ts';
import { ledger } from './ledger.ts';
import { index } from './memory-index.ts';
import { module } from './module.ts';
import { queue } from './queue.ts';
import { records } from './records.ts';
import { schedule } from './schedule.ts';
import { shards } from './shards.ts';
import { topic } from './topic.ts';

/** Every organ kind that a genome may use. */
export const ORGAN_KINDS = { shards, files, records, entity, topic, queue, schedule, module, ledger, index } as const;
export type OrganKindName = keyof typeof ORGAN_KINDS;

export const ORGAN_KIND_NAMES = Object.keys(ORGAN_KINDS) as readonly OrganKindName[];

/** Kinds that have a name and a place in the design, and are refused until they are there. */
export const COMING_KINDS: { readonly [kind: string]: string } = {};

/** Undefined for a name that the catalogue doesn't have. */
export function organKind(name: unknown): OrganKind | undefined {
  return isOrganKind(name) ? ORGAN_KINDS[name] : undefined;
}

export function isOrganKind(name: unknown): name is OrganKindName {
  return typeof name === 'string' && Object.hasOwn(ORGAN_KINDS, name);
}
