import type { Json, JsonObject } from './words.ts';

/** Who may ask; a list holds the key ids of passports. */
export type Access = 'loopback' | 'public' | 'passport' | 'peers' | readonly string[];

/** So many requests in so many milliseconds. */
export interface Rate {
  readonly requests: number;
  readonly periodMs: number;
}

/** What crosses HTTPS for one receptor of a genome, the same on every clone. */
export interface Receptor {
  /** The genome that has it, and its name there. */
  readonly genome: string;
  readonly name: string;
  readonly summary: string;
  readonly method: 'get' | 'head' | 'put' | 'post' | 'delete';
  /** With its parameters in braces: `/tickets/{id}`. */
  readonly path: string;
  readonly parameters: readonly string[];
  /** What it asks of the cell. */
  readonly organ: string;
  readonly verb: string;
  /** JSON or a page of it, or events as they happen. */
  readonly carries: 'json' | 'page' | 'events';
  readonly access: Access;
  readonly bodyBytes: number;
  readonly rate: Rate;
  /** Of each passport, or of each address where nobody signs. */
  readonly ratePerKey: Rate;
  /** JSON Schema (draft-07) of the fields: those of the path, and those of the query or the body. */
  readonly input: JsonObject;
  /** Of the answer; of each event, where it carries events. */
  readonly output: JsonObject;
  /**
   * The request as its shape has it. Fields of path and query are texts, and become what the shape says.
   *
   * @throws Fault `malformed`
   */
  read(texts: { readonly [field: string]: string }, body: Json | undefined): JsonObject;
}

/** A genome as its receptors show it. */
export interface ReceptorSet {
  readonly genome: string;
  readonly version: string;
  readonly summary: string;
  readonly receptors: readonly Receptor[];
}
