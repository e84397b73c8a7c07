import { GENOME_GRAMMAR } from './grammar/genome-grammar.ts';
import { jsonSchemaOf, type SchemaNode } from './json-schema.ts';

/** The language of genome files for editors: `genomes/genome.schema.json` is this. */
export const GENOME_SCHEMA: SchemaNode = jsonSchemaOf(GENOME_GRAMMAR);
