import { LIMITS } from '../../../contract/limits.ts';
import { NAME } from '../grammar/phrases.ts';
import { NO_FIELDS, objectShape, textShape } from '../shape.ts';
import type { Fields, Method, OrganKind, Verb } from './kind.ts';

const nothing: Fields = { fixed: NO_FIELDS };

function verb(method: Method, meaning: string, parameter?: 'name' | 'file'): Verb {
  return {
    meaning,
    methods: [method],
    parameters: parameter === undefined ? [] : [parameter],
    input:
      parameter === undefined
        ? nothing
        : { fixed: objectShape({ [parameter]: textShape(LIMITS.fileNameBytesMax, 1) }) },
    output: nothing,
    carries: 'bytes',
  };
}

export const files: OrganKind = {
  meaning: 'Files: named, versioned maps of which shards make up which file, in replicated registers.',
  fields: {
    uses: {
      ...NAME,
      title: 'the name of a genome',
      description: 'The genome whose shards organ keeps the bytes of the files. It runs in the same organism.',
      examples: ['shardTree'],
    },
  },
  required: ['uses'],
  verbs: {
    put: verb('put', 'Stores the body as a file, or as the next version of one.', 'name'),
    get: verb('get', "Answers with the file's bytes.", 'file'),
    stat: verb('head', "Answers with the file's facts in headers.", 'file'),
    remove: verb('delete', 'Removes name and map; shards that others share stay.', 'file'),
    list: verb('get', 'Lists the files, a page at a time.'),
  },
  takesEvents: false,
  standsAlone: true,
  limits: ['fileNameBytesMax', 'filePagesMax', 'filesPageMax'],
};
