import type { LimitName } from '../../../contract/limits.ts';
import type { Rule } from '../rule.ts';
import type { ObjectShape } from '../shape.ts';

/**
 * The catalogue of organ kinds as data: what a genome may say of an organ of each kind, what it may be asked, and what
 * bounds it. A new kind is a new row; schema, checks and documentation follow.
 */
export interface OrganKind {
  readonly meaning: string;
  /** The kind's own fields, by name. */
  readonly fields: { readonly [field: string]: Rule };
  readonly required: readonly string[];
  /** What it may be asked, by name; a kind that has `events` takes those that each of its organs declares. */
  readonly verbs: { readonly [verb: string]: Verb };
  readonly takesEvents: boolean;
  /** Whether it does something without being asked, or is asked by other genomes: it need not be named anywhere. */
  readonly standsAlone: boolean;
  /** Rows of the table of limits that bound an organ of the kind. */
  readonly limits: readonly LimitName[];
}

/** The methods by which a receptor answers, as a genome spells them. */
export const METHODS = ['get', 'head', 'put', 'post', 'delete'] as const;
export type Method = (typeof METHODS)[number];

export interface Verb {
  /** What it does, for people. */
  readonly meaning: string;
  /** The methods that fit it: what only reads is not bound to PUT, nor the other way round. */
  readonly methods: readonly Method[];
  /** The parameters that the receptor's path must have, no more and no fewer. */
  readonly parameters: readonly string[];
  readonly input: Fields;
  readonly output: Fields;
  /**
   * What it answers with: JSON, a page of what `output` says with where the next one begins, bytes that are streamed, or
   * events as they happen. Only JSON can be sent and answered within the organism; the others are for receptors.
   */
  readonly carries: 'json' | 'page' | 'bytes' | 'events';
}

/** Fields that the kind brings along, and those that the organ itself declares in the named field. */
export interface Fields {
  readonly fixed: ObjectShape;
  readonly own?: 'record' | 'message' | 'job';
}
